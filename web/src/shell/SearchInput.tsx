import { Search } from "lucide-react";
import { type KeyboardEvent, type ReactNode, type RefObject, useRef } from "react";
import { Input, Keys, searchClass } from "../ui";
import { useKeys } from "./keys";

interface SearchInputProps {
  ref?: RefObject<HTMLInputElement | null>;
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
  onKeyDown?: (event: KeyboardEvent) => void;
}

/** The search field of a tool bar, which the key `/` leads to. */
export function SearchInput({ ref, label, hint, value, onChange, onKeyDown }: SearchInputProps): ReactNode {
  const own = useRef<HTMLInputElement>(null);
  const input = ref ?? own;
  useKeys({ "/": () => input.current?.focus() });
  return (
    <Input
      ref={input}
      inBar
      icon={Search}
      type="search"
      className={searchClass}
      aria-label={label}
      placeholder={hint}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={onKeyDown}
      end={<Keys keys="/" />}
    />
  );
}
