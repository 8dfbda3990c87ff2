import { type ReactNode, useEffect } from "react";
import { texts } from "../texts";
import { Brandmark } from "../ui";
import styles from "./SignIn.module.css";

/** Dovetails: rows of joints, each row half a joint further. */
const JOINT = "M12 0L0 72H68L56 0Z";
const FILLED: [x: number, y: number][] = [
  [2, 2],
  [3, 4],
  [5, 4],
  [2, 5],
  [3, 6],
  [5, 6],
  [2, 7],
  [5, 8],
];

function Art(): ReactNode {
  return (
    <div className={styles["art"]} aria-hidden>
      <svg viewBox="0 0 640 800" preserveAspectRatio="xMidYMid slice">
        <defs>
          <pattern id="joints" width="104" height="144" patternUnits="userSpaceOnUse">
            <path className={styles["line"]} d="M0 .5H12L0 72.5H68L56 .5H104M104 72.5H64L52 144.5M0 72.5H4L16 144.5M52 144.5H104M0 144.5H16" />
          </pattern>
        </defs>
        <rect width="640" height="800" fill="url(#joints)" />
        {FILLED.map(([x, y], index) => (
          <path key={index} className={index === 3 ? styles["accent"] : styles["soft"]} d={JOINT} transform={`translate(${x * 104 + (y % 2) * 52} ${y * 72})`} />
        ))}
      </svg>
    </div>
  );
}

/** What stands around the pages on the way in. */
export function SignInFrame({ title, lead, hint, children }: { title: string; lead?: ReactNode; hint?: ReactNode; children: ReactNode }): ReactNode {
  useEffect(() => {
    document.title = `${title} · ${texts.product}`;
  }, [title]);
  return (
    <div className={styles["page"]}>
      <div className={styles["side"]}>
        <header className={styles["brand"]}>
          <Brandmark />
          {texts.product}
        </header>
        <main className={styles["main"]} id="main">
          <h1>{title}</h1>
          <p className={styles["lead"]}>{lead ?? location.host}</p>
          {children}
          {hint && <p className={styles["hint"]}>{hint}</p>}
        </main>
      </div>
      <Art />
    </div>
  );
}
