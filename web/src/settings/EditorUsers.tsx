import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { type EditorUser, editorQuery, editorUsersQuery, permitEditor } from "../api/editor";
import { texts } from "../texts";
import { Notice, Section, Stack, Switch, Table, toast } from "../ui";
import { Loaded } from "./Loaded";
import { Permitted, SettingsPage } from "./SettingsPage";
import { UserName } from "./UserName";
import { useWork } from "./work";

const t = texts.settingsPages.editor;

function MaySwitch({ user }: { user: EditorUser }): ReactNode {
  const { busy, run } = useWork();
  const change = (may: boolean): void =>
    run(async () => {
      await permitEditor(user.id, may);
      toast(may ? t.permitted(user.name) : t.refused(user.name));
    }, [editorUsersQuery.queryKey, editorQuery.queryKey]);
  return <Switch label={<span className="visually-hidden">{t.may(user.name)}</span>} checked={user.may_use} disabled={busy} onChange={(event) => change(event.target.checked)} />;
}

function Users(): ReactNode {
  const state = useQuery(editorQuery);
  const query = useQuery(editorUsersQuery);
  return (
    <SettingsPage page="/settings/editor">
      <Section title={t.heading}>
        <Stack gap={4}>
          <Stack gap={3} narrow>
            {state.data?.off_reason && <Notice tone="due">{t.off(state.data.off_reason)}</Notice>}
            <p>{t.hint}</p>
          </Stack>
          <Loaded query={query}>
            {(users) => (
              <Table
                framed
                label={t.heading}
                rows={users}
                rowKey={(user) => user.id}
                columns={[
                  {
                    name: "name",
                    title: t.name,
                    fill: true,
                    cell: (user) => <UserName user={user} />,
                  },
                  { name: "may", title: t.user, cell: (user) => <MaySwitch user={user} /> },
                ]}
              />
            )}
          </Loaded>
        </Stack>
      </Section>
    </SettingsPage>
  );
}

/** Who may use the editor. */
export function EditorUsers(): ReactNode {
  return (
    <Permitted page="/settings/editor">
      <Users />
    </Permitted>
  );
}
