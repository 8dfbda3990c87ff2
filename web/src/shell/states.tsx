import type { ErrorComponentProps } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { MapPinOff } from "lucide-react";
import type { ReactNode } from "react";
import { texts } from "../texts";
import { buttonClasses, Empty, Failure, Main, Page } from "../ui";

/** A page that there is not. */
export function NotFound(): ReactNode {
  return (
    <Page title={texts.states.notFound}>
      <Main>
        <Empty
          icon={MapPinOff}
          title={texts.states.notFound}
          action={
            <Link to="/" className={buttonClasses({})}>
              {texts.states.toStart}
            </Link>
          }
        >
          {texts.states.notFoundHint}
        </Empty>
      </Main>
    </Page>
  );
}

/** A page that failed. */
export function PageFailure({ error, reset }: ErrorComponentProps): ReactNode {
  return (
    <Page title={texts.states.failed}>
      <Main>
        <Failure error={error} onRetry={reset} />
      </Main>
    </Page>
  );
}
