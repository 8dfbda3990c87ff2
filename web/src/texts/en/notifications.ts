/** The texts of the bell. */
type Nouns = Record<string, [one: string, several: string]>;

const nouns: Nouns = {
  activity: ["activity", "activities"],
  deal: ["deal", "deals"],
  lead: ["lead", "leads"],
  note: ["note", "notes"],
  organization: ["organization", "organizations"],
  person: ["person", "people"],
  product: ["product", "products"],
  project: ["project", "projects"],
  task: ["task", "tasks"],
};

export const notifications = {
  bell: (unread: string) => (unread === "0" ? "Notifications" : `Notifications, ${unread} unread`),
  by: (what: string, actor: string | null) => (actor ? `${what} handed over by ${actor}` : `${what} handed over to you`),
  byMore: (names: string, more: number) => (more > 0 ? `${names} and ${more} more` : names),
  connectionLost: (name: string) => `The connection ${name} needs connecting again`,
  conversion: {
    completed: (noun: string, name: string) => (name ? `Converted into the ${noun} ${name}` : `Converted into a ${noun}`),
    failed: (noun: string, name: string) => (name ? `The ${noun} ${name} was not converted` : `A ${noun} was not converted`),
  },
  empty: "Nothing to know yet",
  emptyHint: "Records that colleagues hand over to you, mentions, jobs that end, and connections and webhooks that stop working are told here.",
  fresh: (count: number) => (count === 1 ? "1 new notification" : `${count} new notifications`),
  invitation: {
    completed: (name: string) => (name ? `The invitation of ${name} was sent` : "An invitation was sent"),
    failed: (name: string) => (name ? `The invitation of ${name} was not sent` : "An invitation was not sent"),
  },
  many: "99+",
  markAll: "Mark all as read",
  mentioned: (actor: string | null, place: string) => `${actor ? `${actor} mentioned you` : "You were mentioned"}${place && ` on ${place}`}`,
  more: "Show more",
  noun: (object: string, count = 1) => nouns[object]?.[count === 1 ? 0 : 1] ?? object,
  title: "Notifications",
  unread: "Unread",
  webhook: {
    banned: (name: string) => `The webhook ${name} is paused for 30 minutes`,
    removed: (name: string) => `The webhook ${name} was switched off`,
  },
};
