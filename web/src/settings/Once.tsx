import { type ReactNode, useState } from "react";
import { Button, Checkbox, Code, CopyButton, Dialog, Line, Stack, Text } from "../ui";

interface OnceProps {
  title: string;
  hint: string;
  /** What is shown, by what it is called. */
  values: [label: string, value: string][];
  kept: string;
  done: string;
  onDone: () => void;
}

/** Shows what is not shown again; it closes when somebody says that it is kept. */
export function Once({ title, hint, values, kept, done, onDone }: OnceProps): ReactNode {
  const [isKept, setKept] = useState(false);
  const close = (): void => {
    if (isKept) onDone();
  };
  return (
    <Dialog
      open
      onClose={close}
      title={title}
      foot={
        <Button tone="primary" disabled={!isKept} onClick={onDone}>
          {done}
        </Button>
      }
    >
      <Stack gap={4}>
        <p>{hint}</p>
        {values.map(([label, value]) => (
          <Stack gap={1} key={label}>
            <Line between>
              <Text tone="faint" small>
                {label}
              </Text>
              <CopyButton text={value} />
            </Line>
            <Code text={value} language="text" wrap label={label} />
          </Stack>
        ))}
        <Checkbox label={kept} checked={isKept} onChange={(event) => setKept(event.target.checked)} />
      </Stack>
    </Dialog>
  );
}
