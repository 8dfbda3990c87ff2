import { ChevronDown, Eye, FlaskConical, Play, Square } from "lucide-react";
import type { ReactNode } from "react";
import { texts } from "../texts";
import { Button, ButtonPair, IconButton, Keys, Menu, WideOnly } from "../ui";

const t = texts.editorPage;

/** How code is run: for real, without writing, or on a copy of the company. */
export type Way = "run" | "read" | "rehearse";

interface RunButtonProps {
  isRunning: boolean;
  busy: boolean;
  stopping: boolean;
  onRun: (way: Way) => void;
  onStop: () => void;
}

/** Runs a script, or stops it. */
export function RunButton({ isRunning, busy, stopping, onRun, onStop }: RunButtonProps): ReactNode {
  if (isRunning) {
    return (
      <Button tone="danger" icon={Square} busy={stopping} onClick={onStop}>
        {stopping ? t.stopping : t.stop}
      </Button>
    );
  }
  return (
    <ButtonPair>
      <Button tone="primary" icon={Play} busy={busy} aria-keyshortcuts="Meta+Enter Control+Enter" onClick={() => onRun("run")}>
        {t.run}
        <WideOnly>
          <Keys keys="mod+enter" look="onAccent" />
        </WideOnly>
      </Button>
      <Menu
        trigger={<IconButton icon={ChevronDown} tone="primary" label={t.options} />}
        groups={[
          {
            items: [
              { label: t.rehearse, icon: FlaskConical, disabled: busy, onSelect: () => onRun("rehearse") },
              { label: t.runReadOnly, icon: Eye, disabled: busy, onSelect: () => onRun("read") },
            ],
          },
        ]}
      />
    </ButtonPair>
  );
}
