import i18next from "i18next";

// One catalogue per part of the product, loaded with that part's chunk; English is the language every text has.
export const i18n = i18next.createInstance();
i18n.init({
  lng: "en",
  fallbackLng: "en",
  resources: {},
  interpolation: { escapeValue: false },
  returnNull: false,
  initAsync: false,
});

type Plural = "_one" | "_other" | "_zero" | "_few" | "_many" | "_two";
type Bare<K extends string> = K extends `${infer B}${Plural}` ? B : K;
/** The dotted keys of a catalogue, plural forms counted as one. */
export type TextKey<T> = T extends object
  ? { [K in keyof T & string]: T[K] extends string ? Bare<K> : `${K}.${TextKey<T[K]>}` }[keyof T & string]
  : never;
type Values = Record<string, string | number | undefined>;

/**
 * Registers a catalogue and returns its `t`. Keys are checked by the compiler; `{{name}}` in a text is filled from
 * the values, and `count` chooses the plural form.
 */
export function texts<T extends object>(namespace: string, english: T) {
  i18n.addResourceBundle("en", namespace, english, true, true);
  return (key: TextKey<T>, values?: Values): string => i18n.t(key as string, { ns: namespace, ...values });
}

/** A text whose key is only known at run time (a code of the server); falls back to the given text. */
export function textOr(namespace: string, key: string, fallback: string, values?: Values): string {
  return i18n.exists(key, { ns: namespace }) ? i18n.t(key, { ns: namespace, ...values }) : fallback;
}
