import { AtSign, Bell, CircleCheck, Unplug } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { Answer } from "./Answer";
import { IconButton } from "./Button";
import { CallBox } from "./CallBox";
import { ChangeCard } from "./ChangeCard";
import { Feed, type FeedItem, SkeletonFeed } from "./Feed";
import { Field, FieldGroup, FileInput, Input } from "./Field";
import styles from "./Gallery.module.css";
import { LineList } from "./LineList";
import { Line, Stack, Text } from "./Page";
import { Fill, Pane, Panes } from "./Panes";
import { Popover } from "./Popover";
import { RunState } from "./RunState";
import { MultiCombobox, type Option } from "./Select";
import { Specimen } from "./Specimen";
import { Tree } from "./Tree";

const LABELS: Option<number>[] = ["Refit", "New build", "Leasing"].map((label, index) => ({ value: index, label, detail: String(index + 1) }));

const ITEMS = [
  { id: 2148, title: "Two deck ovens", value: 14_800, won_time: null },
  { id: 2149, title: "Proofer, two doors", value: 9350, won_time: null },
];

const CALL = {
  python: 'run_connection_action(\n    connection_name="local",\n    action_name="get_deals",\n)',
  sentence: "Run get_deals on local",
  curl: "curl -H 'x-api-token: …' https://crm.example.com/api/v2/deals",
  cli: "dealwright call local get_deals",
};

const MEMBERS = [
  { key: "stage_id", name: "Stage", before: "Site visit", after: "Offer sent" },
  { key: "expected_close_date", name: "Expected close", before: null, after: "18 Dec 2026" },
];

const NEWS: FeedItem[] = [
  { icon: AtSign, title: "Nora Lind mentioned you on Two deck ovens", detail: "Could you look at the second offer?", isNew: true },
  { icon: Unplug, tone: "lost" as const, title: "The connection work needs connecting again", detail: "The token was not accepted.", isNew: true },
  { icon: CircleCheck, tone: "won" as const, title: "Converted into the deal Proofer, two doors", detail: "", isNew: false },
].map((one, key) => ({ ...one, key, time: { text: "10:44", moment: "2026-11-27T10:44:00Z" }, onSelect: () => {} }));

function News(): ReactNode {
  const bell = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const feed = <Feed days={[{ title: "Today", items: NEWS }]} />;
  return (
    <Specimen title="Feed, popover">
      <Line gap={4}>
        <IconButton ref={bell} icon={Bell} tone="quiet" label="Notifications, 2 unread" count="2" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)} />
        <IconButton icon={Bell} tone="quiet" label="Notifications, 99+ unread" count="99+" />
        <Popover anchor={bell} open={open} onClose={() => setOpen(false)} title="Notifications">
          {feed}
        </Popover>
      </Line>
      {feed}
      <SkeletonFeed count={2} />
    </Specimen>
  );
}

function Inputs(): ReactNode {
  const [labels, setLabels] = useState(LABELS.slice(0, 2));
  const [file, setFile] = useState<File | null>(null);
  return (
    <Specimen title="Fields of several values">
      <Stack gap={4} narrow>
        <Field label="Labels" code="label_ids" inRow>
          <MultiCombobox options={LABELS} value={labels} onChange={setLabels} />
        </Field>
        <Field label="File" code="file" inRow>
          <FileInput file={file} onChange={setFile} label="Choose a file" />
        </Field>
        <Field label="Address" code="address" inRow plain>
          <FieldGroup label="Address">
            <Field label="Street">
              <Input defaultValue="1 Example Street" />
            </Field>
            <Field label="Town">
              <Input />
            </Field>
          </FieldGroup>
        </Field>
      </Stack>
    </Specimen>
  );
}

/** The components for those who automate. */
export function AutomationParts(): ReactNode {
  return (
    <>
      <Inputs />
      <Specimen title="Run, lines">
        <Line gap={4} wrap>
          <RunState status="running" httpStatus={null} />
          <RunState status="ok" httpStatus={200} long />
          <RunState status="ok" httpStatus={429} />
          <RunState status="failed" httpStatus={500} long />
          <RunState status="refused" httpStatus={403} />
          <RunState status="interrupted" httpStatus={null} />
        </Line>
        <LineList
          label="Runs"
          lines={ITEMS.map(({ id, title }) => ({
            key: id,
            start: "10:44",
            title: <Text clip>{title}</Text>,
            end: <RunState status="ok" httpStatus={200} />,
          }))}
        />
      </Specimen>
      <News />
      <Specimen title="Change card">
        <ChangeCard title="Two deck ovens" detail="Deal 2148" action="Changed" tone="plain" members={MEMBERS} />
        <ChangeCard isNew title="Call about the offer" detail="Activity 9031" action="Created" tone="won" members={MEMBERS} />
      </Specimen>
      <Specimen title="Answer">
        <Answer framed answer={{ encoding: "json", body: { data: ITEMS }, headers: {}, size: "1 KB", isCut: false }} meta={<RunState status="ok" httpStatus={200} long />} />
      </Specimen>
      <Specimen title="Tree">
        <Tree label="Deals" value={{ data: ITEMS }} />
      </Specimen>
      <Specimen title="Call">
        <CallBox call={CALL} />
        <CallBox call={null} waiting="It is shown once the parameters are right." />
      </Specimen>
      <Specimen title="Panes">
        <div className={styles["panes"]}>
          <Panes>
            <Pane label="Content">
              <Fill>Content</Fill>
            </Pane>
            <Pane width="side" label="Beside it">
              <Fill>Beside it</Fill>
            </Pane>
          </Panes>
        </div>
      </Specimen>
    </>
  );
}
