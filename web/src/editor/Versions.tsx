import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type ScriptDetails, versionsQuery } from "../api/editor";
import { useFormats } from "../shell/format";
import { texts } from "../texts";
import { Button, Confirm, Dialog, Failure, Line, rowLinkClass, SkeletonRows, Stack, Table, Tag, Text } from "../ui";

const t = texts.editorPage;

/** The versions of a script, each of which can be looked at and brought back from there. */
export function Versions({ script, onClose }: { script: ScriptDetails; onClose: () => void }): ReactNode {
  const formats = useFormats();
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(versionsQuery(script.id));
  const versions = data?.pages.flatMap(({ items }) => items);
  return (
    <Dialog open onClose={onClose} title={t.versions}>
      {versions ? (
        <Stack gap={3}>
          <Table
            framed
            label={t.versions}
            rows={versions}
            rowKey={({ version }) => version}
            columns={[
              {
                name: "version",
                title: texts.schedules.version,
                fill: true,
                cell: ({ version }) => (
                  <Line>
                    <Link to="/editor/$id" params={{ id: String(script.id) }} search={version === script.version ? {} : { version }} className={rowLinkClass} onClick={onClose}>
                      {t.version(version)}
                    </Link>
                    {version === script.version && <Tag>{t.latest}</Tag>}
                  </Line>
                ),
              },
              { name: "by", title: texts.runPages.by, wide: true, cell: ({ user }) => user.name },
              { name: "time", title: texts.runPages.time, cell: ({ time }) => <Text tone="faint">{formats.moment(time)}</Text> },
            ]}
          />
          {hasNextPage && (
            <Line center>
              <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {t.more}
              </Button>
            </Line>
          )}
        </Stack>
      ) : error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows count={4} />
      )}
    </Dialog>
  );
}

/** Asks before changes that are not saved are given up for a version. */
export function BringBackConfirm({ version, busy, onClose, onConfirm }: { version: number | null; busy: boolean; onClose: () => void; onConfirm: () => void }): ReactNode {
  return (
    <Confirm open={version !== null} onClose={onClose} title={t.bringBackAsk(version ?? 0)} action={t.bringBack} busy={busy} onConfirm={onConfirm}>
      <p>{t.bringBackHint}</p>
    </Confirm>
  );
}
