import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure, SkeletonRows } from "../ui";

/** What was read, its place while it is on the way, or why it did not come. */
export function Loaded<Data>({ query, rows = 4, children }: { query: UseQueryResult<Data>; rows?: number; children: (data: Data) => ReactNode }): ReactNode {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return <SkeletonRows count={rows} />;
}
