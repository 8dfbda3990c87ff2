import { Clock, Eraser, ShieldCheck } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Button, IconButton } from "./Button";
import { SkeletonRows } from "./Feedback";
import styles from "./Gallery.module.css";
import { OutputLines } from "./OutputLines";
import { Specimen } from "./Specimen";
import { Tabs } from "./Tabs";
import { Badge, State } from "./Tag";
import { Results, ScriptRow, scriptRowClass, StatusBar, Workbench } from "./Workbench";

const CodeEditor = lazy(async () => ({ default: (await import("./code-editor/CodeEditor")).CodeEditor }));

const LINES = ["Two deck ovens\t14800", "Proofer, two doors\t9350"].map((text) => ({ time: "10:47:12", text, isError: false }));
const CODE = 'from abstra.connectors import run_connection_action\n\nfor deal in run_connection_action("local", "get_deals")["data"]:\n    print(deal["title"], deal["value"], sep="\\t")\n';
const nothing = (): Promise<null> => Promise.resolve(null);

/** The components with which scripts are written and run. */
export function WorkbenchParts(): ReactNode {
  const [code, setCode] = useState(CODE);
  const [tab, setTab] = useState<"output" | "calls">("output");
  return (
    <>
      <Specimen title="Workbench">
        <div className={styles["workbench"]}>
          <Workbench
            sourceLabel="Source"
            outputLabel="What it did"
            source={
              <Suspense fallback={<SkeletonRows count={4} />}>
                <CodeEditor label="Source of the specimen" value={code} onChange={setCode} onCursor={() => {}} suggest={nothing} explain={nothing} keys={{}} />
              </Suspense>
            }
            output={
              <Tabs
                label="Panes of the specimen"
                value={tab}
                onChange={setTab}
                items={[
                  { value: "output", label: "Output", panel: <OutputLines label="Output of the specimen" lines={[...LINES, { time: "10:47:13", text: "ValueError: no number", isError: true }]} /> },
                  {
                    value: "calls",
                    label: (
                      <>
                        Actions<Badge>7</Badge>
                      </>
                    ),
                    panel: <Results>get_deals</Results>,
                  },
                ]}
                end={
                  <>
                    <State tone="won">Done</State>
                    <IconButton icon={Eraser} tone="quiet" size="small" label="Clear" />
                  </>
                }
              />
            }
            status={
              <StatusBar end={<span>Python 3.12</span>}>
                <Button tone="quiet" size="small" icon={ShieldCheck}>
                  Isolation A
                </Button>
              </StatusBar>
            }
          />
        </div>
      </Specimen>
      <Specimen title="Script rows">
        <div>
          <a href="#one" className={scriptRowClass} aria-current>
            <ScriptRow name="move-stale-deals" mark={<State tone="accent">{null}</State>} detail="Version 7, 10:44" />
          </a>
          <a href="#two" className={scriptRowClass}>
            <ScriptRow name="nightly-sync" mark={<Clock size={14} strokeWidth={1.75} aria-hidden />} detail="Every day at 02:00" />
          </a>
        </div>
      </Specimen>
    </>
  );
}
