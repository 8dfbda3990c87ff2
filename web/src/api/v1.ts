/** What the CRM's own first version answers, with its errors as those of the web app. */
import { ApiError, answerOf } from "./client";

interface Told {
  error?: unknown;
  message?: unknown;
  errors?: Record<string, string[]>;
}

/** Returns what a call to v1 answers. Throws `ApiError`, with the fields of webhooks where they are told. */
export async function answerOfV1<Data>(call: Promise<{ data?: Data; error?: unknown; response: Response }>): Promise<Data> {
  let told: Told | undefined;
  const seen = call.then((result) => {
    told = result.error as Told | undefined;
    return result;
  });
  try {
    return await answerOf(seen);
  } catch (error) {
    if (!(error instanceof ApiError) || !told) throw error;
    const fields = Object.fromEntries(Object.entries(told.errors ?? {}).map(([name, messages]) => [name, messages.join(". ")]));
    const message = [told.error, told.message].find((one) => typeof one === "string") ?? (Object.values(fields).join(". ") || error.message);
    throw new ApiError(error.status, error.code, String(message), fields);
  }
}
