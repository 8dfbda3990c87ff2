import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ActionDetails } from "../api/actions";
import { texts } from "../texts";
import { Details, linkClass, Notice, Stack, Tag } from "../ui";

const t = texts.actionPage;

/** Says that an action is deprecated, and what to use instead. */
export function Deprecation({ action }: { action: ActionDetails }): ReactNode {
  if (!action.deprecated) return null;
  const [version, name] = (action.replaced_by ?? "").split(".");
  return (
    <Notice tone="due">
      {t.deprecated}{" "}
      {version && name && (
        <>
          {t.instead}{" "}
          <Link to="/actions/$version/$name" params={{ version, name }} className={linkClass}>
            <code>{action.replaced_by}</code>
          </Link>
        </>
      )}
    </Notice>
  );
}

/** What an action is: what it does, how it is called over HTTP, what it costs, which scopes it takes. */
export function ActionAbout({ action }: { action: ActionDetails }): ReactNode {
  return (
    <Stack gap={3}>
      {action.description && <p>{action.description}</p>}
      <Details
        items={[
          [t.method, <code key="method">{action.method}</code>],
          [t.path, <code key="path">{action.path}</code>],
          [texts.runPages.tokens, t.cost(action.cost)],
          ...(action.scopes.length > 0 ? [[t.scopes, action.scopes.map((scope) => <Tag key={scope}>{scope}</Tag>)] as [ReactNode, ReactNode]] : []),
        ]}
      />
    </Stack>
  );
}
