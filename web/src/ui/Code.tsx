import { Check, Copy } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { texts } from "../texts";
import { Button, IconButton } from "./Button";
import { classes } from "./classes";
import styles from "./Code.module.css";
import { type Language, tokens } from "./highlight";

/** Code or JSON with its words in colour. */
export function Code({ text, language, wrap = false, bare = false, label }: { text: string; language: Language; wrap?: boolean; bare?: boolean; label?: string }): ReactNode {
  const parts = useMemo(() => tokens(text, language), [text, language]);
  return (
    <pre className={classes(styles["code"], wrap && styles["wrap"], bare && styles["bare"])} tabIndex={0} aria-label={label}>
      {parts.map((part, index) =>
        part.kind === "plain" ? (
          part.text
        ) : (
          <span key={index} className={styles[part.kind]}>
            {part.text}
          </span>
        ),
      )}
    </pre>
  );
}

/** Copies a text, also where browsers have no clipboard for pages: without TLS, on another machine than this one. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** A button that copies a text. */
export function CopyButton({ text, label = texts.actions.copy, iconOnly = false }: { text: string; label?: string; iconOnly?: boolean }): ReactNode {
  const [copied, setCopied] = useState(false);
  const icon = copied ? Check : Copy;
  const copy = (): void => {
    void copyText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    });
  };
  if (iconOnly) return <IconButton tone="quiet" size="small" icon={icon} label={copied ? texts.actions.copied : label} onClick={copy} />;
  return (
    <Button tone="quiet" icon={icon} onClick={copy}>
      {copied ? texts.actions.copied : label}
    </Button>
  );
}
