/** A value of the address as one of the values the server knows; anything else is as good as no filter. */
export function oneOf<const T extends string>(values: readonly T[], value: string | undefined): T | undefined {
  return values.find((v) => v === value);
}
