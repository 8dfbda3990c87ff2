import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { followSession } from "./api/session";
import { makeRouter } from "./routes";
import { Toasts } from "./ui";
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./ui/tokens.css";
import "./ui/base.css";

/** What the server refused stays refused; what did not reach it is tried again. */
const isWorthRetrying = (count: number, error: Error): boolean => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502);

const queries = new QueryClient({ defaultOptions: { queries: { retry: isWorthRetrying, staleTime: 10_000 } } });
followSession(queries);
const router = makeRouter(queries);

createRoot(document.getElementById("root") as HTMLElement).render(
  <CSPProvider disableStyleElements>
    <QueryClientProvider client={queries}>
      <Toasts>
        <RouterProvider router={router} />
      </Toasts>
    </QueryClientProvider>
  </CSPProvider>,
);
