import type { ReactNode } from "react";
import styles from "./QrCode.module.css";
import { qrCode } from "./qr";

/** A text as a picture that phones read; nothing for one that is too long for it. */
export function QrCode({ text, label }: { text: string; label: string }): ReactNode {
  const modules = qrCode(text);
  if (!modules) return null;
  const size = modules.length;
  const path = modules.flatMap((line, row) => line.map((dark, column) => (dark ? `M${column} ${row}h1v1h-1z` : ""))).join("");
  return (
    <svg className={styles["code"]} viewBox={`-4 -4 ${size + 8} ${size + 8}`} shapeRendering="crispEdges" role="img" aria-label={label}>
      <rect className={styles["light"]} x={-4} y={-4} width={size + 8} height={size + 8} />
      <path className={styles["dark"]} d={path} />
    </svg>
  );
}
