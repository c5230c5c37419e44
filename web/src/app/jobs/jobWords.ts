/** "connector.run_pull" as a person says it. */
export function jobWords(kind: string): string {
  const text = kind.replaceAll(/[._-]/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
