import { Combobox as BaseCombobox } from "@base-ui/react/combobox";
import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronsUpDown, X } from "lucide-react";
import type { ReactNode } from "react";
import { texts } from "../texts";
import { classes } from "./classes";
import { barControlClass, controlClass, useField } from "./Field";
import styles from "./Menu.module.css";

export interface Option<Value extends string | number = string> {
  value: Value;
  label: string;
  /** What tells it from others of the same label, such as its id. */
  detail?: string;
  /** A mark before the label. */
  mark?: ReactNode;
}

interface SelectProps<Value extends string | number> {
  options: Option<Value>[];
  value: Value | null;
  onChange: (value: Value) => void;
  placeholder?: string;
  inBar?: boolean;
  disabled?: boolean;
  label?: string;
}

/** One of a few. For many, and for those that the server finds, there is `Combobox`. */
export function Select<Value extends string | number>({ options, value, onChange, placeholder, inBar = false, disabled = false, label }: SelectProps<Value>): ReactNode {
  const field = useField();
  return (
    <Base.Root items={options} value={value} onValueChange={(chosen) => chosen !== null && onChange(chosen)} disabled={disabled}>
      <Base.Trigger {...field} aria-label={label} className={classes(inBar ? barControlClass : controlClass, styles["trigger"], inBar && styles["inBar"])}>
        <span className={styles["value"]}>
          {options.find((option) => option.value === value)?.mark}
          <Base.Value placeholder={placeholder ?? texts.form.choose} />
        </span>
        <ChevronsUpDown size={16} strokeWidth={1.75} aria-hidden />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className={styles["positioner"]} sideOffset={4} alignItemWithTrigger={false}>
          <Base.Popup className={styles["popup"]}>
            <Base.List>
              {options.map((option) => (
                <Base.Item key={option.value} value={option.value} className={styles["item"]}>
                  {option.mark}
                  <Base.ItemText className={styles["text"]}>{option.label}</Base.ItemText>
                  {option.detail && <small className={styles["end"]}>{option.detail}</small>}
                  <Base.ItemIndicator className={styles["check"]}>
                    <Check size={14} strokeWidth={2.25} aria-hidden />
                  </Base.ItemIndicator>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

interface ComboboxProps<Value extends string | number> {
  /** What is offered for the text that was typed. */
  options: Option<Value>[];
  value: Option<Value> | null;
  onChange: (option: Option<Value> | null) => void;
  /** Called with what is typed. Without it the options are filtered here. */
  onSearch?: (text: string) => void;
  busy?: boolean;
  placeholder?: string;
  disabled?: boolean;
}

/** One of many, found by typing. */
export function Combobox<Value extends string | number>({ options, value, onChange, onSearch, busy = false, placeholder, disabled = false }: ComboboxProps<Value>): ReactNode {
  const field = useField();
  return (
    <BaseCombobox.Root
      items={options}
      value={value}
      disabled={disabled}
      onValueChange={onChange}
      onInputValueChange={(typed) => onSearch?.(typed === value?.label ? "" : typed)}
      isItemEqualToValue={(one, other) => one.value === other.value}
      filter={onSearch ? null : undefined}
    >
      <BaseCombobox.InputGroup className={controlClass}>
        {value?.mark}
        <BaseCombobox.Input {...field} placeholder={placeholder ?? texts.form.typeToFind} autoComplete="off" />
        <ChevronsUpDown size={16} strokeWidth={1.75} aria-hidden />
      </BaseCombobox.InputGroup>
      <ComboboxList<Value> busy={busy} />
    </BaseCombobox.Root>
  );
}

interface MultiComboboxProps<Value extends string | number> extends Pick<ComboboxProps<Value>, "options" | "onSearch" | "busy" | "placeholder"> {
  value: Option<Value>[];
  onChange: (options: Option<Value>[]) => void;
}

/** Some of many, found by typing. */
export function MultiCombobox<Value extends string | number>({ options, value, onChange, onSearch, busy = false, placeholder }: MultiComboboxProps<Value>): ReactNode {
  const field = useField();
  return (
    <BaseCombobox.Root multiple items={options} value={value} onValueChange={onChange} onInputValueChange={(typed) => onSearch?.(typed)} isItemEqualToValue={(one, other) => one.value === other.value} filter={onSearch ? null : undefined}>
      <BaseCombobox.Chips className={classes(controlClass, styles["chips"])}>
        {value.map((option) => (
          <BaseCombobox.Chip key={option.value} className={styles["chip"]} aria-label={option.label}>
            <span>{option.label}</span>
            <BaseCombobox.ChipRemove className={styles["chipRemove"]} aria-label={`${texts.form.remove} ${option.label}`}>
              <X size={12} strokeWidth={2} aria-hidden />
            </BaseCombobox.ChipRemove>
          </BaseCombobox.Chip>
        ))}
        <BaseCombobox.Input {...field} placeholder={value.length === 0 ? (placeholder ?? texts.form.typeToFind) : ""} autoComplete="off" />
      </BaseCombobox.Chips>
      <ComboboxList<Value> busy={busy} />
    </BaseCombobox.Root>
  );
}

/** What is offered. */
function ComboboxList<Value extends string | number>({ busy }: { busy: boolean }): ReactNode {
  return (
    <BaseCombobox.Portal>
      <BaseCombobox.Positioner className={styles["positioner"]} sideOffset={4}>
        <BaseCombobox.Popup className={styles["popup"]}>
          <BaseCombobox.Empty>
            <p className={styles["empty"]}>{busy ? texts.states.loading : texts.form.nothingFound}</p>
          </BaseCombobox.Empty>
          <BaseCombobox.List>
            {(option: Option<Value>) => (
              <BaseCombobox.Item key={option.value} value={option} className={styles["item"]}>
                {option.mark}
                <span className={styles["text"]}>{option.label}</span>
                {option.detail && <small className={styles["end"]}>{option.detail}</small>}
              </BaseCombobox.Item>
            )}
          </BaseCombobox.List>
        </BaseCombobox.Popup>
      </BaseCombobox.Positioner>
    </BaseCombobox.Portal>
  );
}
