import type { ReactNode } from "react";
import { texts } from "../texts";
import { Avatar, Line, Tag, Text } from "../ui";

/** A user in a table: picture, name, and whether they administer. */
export function UserName({ user }: { user: { name: string; is_admin: boolean } }): ReactNode {
  return (
    <Line>
      <Avatar name={user.name} />
      <Text tone="strong" clip title={user.name}>
        {user.name}
      </Text>
      {user.is_admin && <Tag>{texts.settingsPages.users.admin}</Tag>}
    </Line>
  );
}
