import { texts } from "@/lib/i18n";
import en from "./en.json";

/** The texts of the shared components. Product words live in the features. */
export const t = texts("ui", en);
