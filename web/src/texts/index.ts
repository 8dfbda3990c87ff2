import { english } from "./en";

/** Every text of the app. Another language is another object of the same type. */
export type Texts = typeof english;

export const texts: Texts = english;
