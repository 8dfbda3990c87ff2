import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { type Action, actionsQuery } from "../api/actions";
import type { Permits } from "../api/connections";
import { texts } from "../texts";
import { Button, Checkbox, EffectWord, Failure, Input, Line, Notice, PickList, Segmented, SkeletonRows, Stack, Text } from "../ui";

const t = texts.connectionPages.form;

/** Returns the actions with all words of a text in their name, purpose or group. */
function matching(actions: Action[], text: string): Action[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return actions.filter((action) => {
    const found = `${action.qualified_name} ${action.summary} ${action.group}`.toLowerCase();
    return words.every((word) => found.includes(word));
  });
}

/** All actions, each with a box to tick. */
function ChosenActions({ chosen, onChange }: { chosen: string[]; onChange: (chosen: string[]) => void }): ReactNode {
  const { data: actions, error, refetch } = useQuery(actionsQuery);
  const [text, setText] = useState("");
  const shown = useMemo(() => matching(actions ?? [], text), [actions, text]);
  const ticked = useMemo(() => new Set(chosen), [chosen]);
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  return (
    <Stack gap={2}>
      <Input inBar icon={Search} type="search" aria-label={t.filter} placeholder={t.filter} value={text} onChange={(event) => setText(event.target.value)} />
      <PickList label={t.rights}>
        {!actions && <SkeletonRows count={6} />}
        {shown.map(({ qualified_name: name, effect, summary }) => (
          <li key={name}>
            <Checkbox
              label={<code>{name}</code>}
              hint={
                <>
                  <EffectWord effect={effect} /> {summary}
                </>
              }
              checked={ticked.has(name)}
              onChange={(event) => onChange(event.target.checked ? [...chosen, name] : chosen.filter((one) => one !== name))}
            />
          </li>
        ))}
        {actions && shown.length === 0 && <li>{texts.form.nothingFound}</li>}
      </PickList>
      <Line between wrap>
        <Text tone="faint" small>
          {t.chosenCount(chosen.length.toLocaleString())}
        </Text>
        <Line>
          <Button onClick={() => onChange([...new Set([...chosen, ...shown.map((one) => one.qualified_name)])])} disabled={shown.length === 0}>
            {t.chooseShown}
          </Button>
          <Button tone="quiet" onClick={() => onChange([])} disabled={chosen.length === 0}>
            {t.clear}
          </Button>
        </Line>
      </Line>
    </Stack>
  );
}

/** Whether these rights can be saved. */
export function areComplete({ kind, actions }: Permits): boolean {
  return kind !== "chosen" || actions.length > 0;
}

/** Returns rights as they are sent: names go with chosen actions only. */
export function toSend({ kind, actions }: Permits): Permits {
  return { kind, actions: kind === "chosen" ? actions : [] };
}

/** Which actions a connection may run: all, those that only read, or chosen ones. */
export function Rights({ value, onChange, error }: { value: Permits; onChange: (permits: Permits) => void; error?: string | undefined }): ReactNode {
  return (
    <Stack gap={2}>
      <Text tone="strong">{t.rights}</Text>
      <Line>
        <Segmented
          size="form"
          label={t.rights}
          value={value.kind}
          onChange={(kind) => onChange({ ...value, kind })}
          options={[
            { value: "all", label: t.rightsAll },
            { value: "read", label: t.rightsRead },
            { value: "chosen", label: t.rightsChosen },
          ]}
        />
      </Line>
      <Text tone="faint" small>
        {t.rightsHints[value.kind]}
      </Text>
      {value.kind === "chosen" && <ChosenActions chosen={value.actions} onChange={(actions) => onChange({ ...value, actions })} />}
      {error && <Notice tone="lost">{error}</Notice>}
    </Stack>
  );
}
