import { CalendarCheck, Ellipsis, Pencil, Plug, Plus, Search, Trash2 } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { texts } from "../texts";
import { AutomationParts } from "./AutomationParts";
import { Button, IconButton, Spinner } from "./Button";
import { Card, CardGrid, NewCard, newCardClass, OptionList, SkeletonCard } from "./Card";
import { Checkbox, Radio, Switch } from "./Choice";
import { classes } from "./classes";
import { Code, CopyButton } from "./Code";
import { Confirm, Dialog } from "./Dialog";
import { Empty, Notice, Progress, Skeleton, toast } from "./Feedback";
import { Field, Input, PasswordInput, Textarea } from "./Field";
import { FirstTime } from "./FirstTime";
import styles from "./Gallery.module.css";
import { Menu } from "./Menu";
import { Line, Stack } from "./Page";
import { PickList } from "./PickList";
import { QrCode } from "./QrCode";
import { Combobox, type Option, Select } from "./Select";
import { Specimen } from "./Specimen";
import { Steps } from "./Steps";
import { Details, Table } from "./Table";
import { Segmented, Tabs } from "./Tabs";
import { Avatar, Badge, Keys, State, Tag } from "./Tag";
import { WorkbenchParts } from "./WorkbenchParts";

const FRUITS: Option[] = ["Apple", "Cherry", "Plum", "Quince"].map((label, index) => ({ value: label, label, detail: String(index + 1) }));
const PYTHON = 'from abstra.connectors import run_connection_action\n\nresult = run_connection_action(\n    connection_name="local",\n    action_name="get_deals",\n    params={"limit": 5},  # a page\n)';

function Parts(): ReactNode {
  const radios = useId();
  const [fruit, setFruit] = useState<string | null>(null);
  const [found, setFound] = useState<Option | null>(null);
  const [side, setSide] = useState<"form" | "json">("form");
  const [tab, setTab] = useState<"one" | "two">("one");
  const [dialog, setDialog] = useState<"dialog" | "confirm" | null>(null);
  const close = (): void => setDialog(null);
  return (
    <>
      <Specimen title="Button">
        <Line wrap>
          <Button tone="primary" icon={Plus}>
            Deal
          </Button>
          <Button>Edit</Button>
          <Button tone="quiet">Cancel</Button>
          <Button tone="danger">Delete</Button>
          <Button disabled>Disabled</Button>
          <Button busy>Saving</Button>
          <IconButton icon={Ellipsis} label="More" />
          <Spinner label="Loading" />
        </Line>
        <Line wrap>
          <Button size="small">Small</Button>
          <Button size="bar">Bar</Button>
          <Button size="form">Form</Button>
          <Button size="large" tone="primary">
            Large
          </Button>
        </Line>
      </Specimen>
      <Specimen title="Field">
        <Stack gap={4} narrow>
          <Field label="Name" hint="As others will see it">
            <Input placeholder="work" />
          </Field>
          <Field label="Password" error="It has 8 characters or more">
            <PasswordInput defaultValue="short" />
          </Field>
          <Field label="Probability" code="probability" required inRow>
            <Input defaultValue="40" unit="%" />
          </Field>
          <Field label="Fruit" inRow>
            <Select options={FRUITS} value={fruit} onChange={setFruit} />
          </Field>
          <Field label="Found" inRow>
            <Combobox options={FRUITS} value={found} onChange={setFound} />
          </Field>
          <Field label="Note">
            <Textarea placeholder="Say more" />
          </Field>
          <Field label="Closed">
            <Input disabled value="Not to be changed" readOnly />
          </Field>
          <Input inBar icon={Search} placeholder="Filter by name" aria-label="Filter" end={<Keys keys="/" />} />
        </Stack>
      </Specimen>
      <Specimen title="Choice">
        <Line gap={6} wrap>
          <Checkbox label="Ticked" defaultChecked />
          <Checkbox label="Some" mixed />
          <Checkbox label="Not" disabled />
          <Radio name={radios} label="One" defaultChecked />
          <Radio name={radios} label="Other" />
          <Switch label="Deprecated" defaultChecked />
        </Line>
      </Specimen>
      <Specimen title="Tag, badge, key, state, avatar">
        <Line wrap>
          <Tag>open</Tag>
          <Tag tone="line">v2</Tag>
          <Tag tone="won">Won</Tag>
          <Tag tone="lost">Lost</Tag>
          <Tag tone="due">Today</Tag>
          <Tag hue={5}>Refit</Tag>
          <Tag hue={2}>Leasing</Tag>
          <Badge>38</Badge>
          <Keys keys="mod+k" />
        </Line>
        <Line gap={4} wrap>
          <State tone="won">Connected</State>
          <State tone="due">Expires in 3 days</State>
          <State tone="lost">Failed</State>
          <State tone="none">Paused</State>
          <Avatar name="Ada Admin" />
          <Avatar name="Saltmarsh Bread" square size="m" />
          <Avatar name="Mary Major" size="l" />
        </Line>
      </Specimen>
      <Specimen title="Menu, dialog, toast">
        <Line wrap>
          <Menu
            align="start"
            trigger={<Button>Menu</Button>}
            groups={[
              { items: [{ label: "Edit", icon: Pencil, keys: "e", onSelect: close }] },
              { items: [{ label: "Delete", icon: Trash2, danger: true, onSelect: close }] },
            ]}
          />
          <Button onClick={() => setDialog("dialog")}>Dialog</Button>
          <Button onClick={() => setDialog("confirm")}>Question</Button>
          <Button onClick={() => toast("Deal moved to Site visit", { undo: close })}>Toast</Button>
        </Line>
        <Dialog open={dialog === "dialog"} onClose={close} title="Rename connection" foot={<Button onClick={close}>{texts.actions.close}</Button>}>
          <Field label="Name">
            <Input />
          </Field>
        </Dialog>
        <Confirm open={dialog === "confirm"} onClose={close} title="Remove this connection?" action="Remove" onConfirm={close}>
          Scripts that name it will fail.
        </Confirm>
      </Specimen>
      <Specimen title="Tabs, segments, steps">
        <Tabs
          label="Parts"
          value={tab}
          onChange={setTab}
          items={[
            { value: "one", label: "Deliveries", panel: null },
            { value: "two", label: "Settings", panel: null },
          ]}
        />
        <Line wrap>
          <Segmented
            label="Input"
            value={side}
            onChange={setSide}
            options={[
              { value: "form", label: "Form" },
              { value: "json", label: "JSON" },
            ]}
          />
          <Steps label="Steps" steps={["Service", "Access", "Test"]} current={1} />
        </Line>
      </Specimen>
      <Specimen title="Table, details">
        <Table
          framed
          label="Fruits"
          rows={FRUITS}
          rowKey={(row) => row.value}
          columns={[
            { name: "name", title: "Name", cell: (row) => row.label },
            { name: "number", title: "Number", number: true, cell: (row) => row.detail },
          ]}
        />
        <Details
          items={[
            ["Started", "Today, 10:44"],
            ["Tokens", "5"],
          ]}
        />
      </Specimen>
      <Specimen title="First time">
        <FirstTime icons={[Pencil, Plug]} title="What this page is for" hint="In one sentence, with the ways to begin below it.">
          <OptionList label="Ways to begin" options={[{ icon: Plug, title: "The usual way", hint: "What it takes.", onSelect: () => {} }]} />
        </FirstTime>
      </Specimen>
      <Specimen title="Pick list and QR code">
        <PickList label="Fruits">
          {FRUITS.map(({ label }) => (
            <li key={label}>
              <Checkbox label={label} />
            </li>
          ))}
        </PickList>
        <QrCode text="https://example.com" label="A picture that phones read" />
      </Specimen>
      <Specimen title="Card">
        <CardGrid label="Cards">
          <Card
            mark={<Plug size={16} aria-hidden />}
            title="work"
            state={<State tone="won">Connected</State>}
            subtitle="Pipedrive, OAuth"
            facts={[
              ["Company", "Larkmoor Export"],
              ["May run", "Read only"],
            ]}
            foot={
              <Button size="small" tone="quiet" icon={CalendarCheck}>
                Runs
              </Button>
            }
            footEnd={<IconButton icon={Ellipsis} label="More" size="small" tone="quiet" />}
          >
            <Progress label="Tokens" value={61} max={100} />
          </Card>
          <SkeletonCard />
          <li>
            <button type="button" className={newCardClass}>
              <NewCard icon={Plug} title="Add another" hint="What comes after the last card." />
            </button>
          </li>
        </CardGrid>
      </Specimen>
      <Specimen title="States">
        <Stack gap={2}>
          <Notice>Nothing is sent before you press Run.</Notice>
          <Notice tone="won">The connection works.</Notice>
          <Notice tone="due">The token ends in 3 days.</Notice>
          <Notice tone="lost">The server refused the token.</Notice>
        </Stack>
        <Stack gap={2}>
          <Skeleton width="l" />
          <Skeleton />
        </Stack>
        <Empty icon={Plug} title="No connections yet" action={<Button tone="primary">Add one</Button>}>
          A connection says whose data an action works on.
        </Empty>
      </Specimen>
      <Specimen title="Code">
        <Code text={PYTHON} language="python" label="Example" />
        <Code text={'{"id": 2161, "title": "Proofer", "active": true, "org_id": null}'} language="json" label="Answer" />
        <Line>
          <CopyButton text={PYTHON} />
        </Line>
      </Specimen>
    </>
  );
}


/** Every component in both themes. */
export function Components(): ReactNode {
  return (
    <main className={styles["gallery"]}>
      <h1 className="visually-hidden">Components</h1>
      {(["light", "dark"] as const).map((theme) => (
        <section key={theme} className={classes(styles["theme"], styles[theme])}>
          <h2>{theme === "light" ? texts.shell.theme.light : texts.shell.theme.dark}</h2>
          <Parts />
          <AutomationParts />
          <WorkbenchParts />
        </section>
      ))}
    </main>
  );
}
