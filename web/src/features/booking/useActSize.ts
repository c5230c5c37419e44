import { useMediaQuery } from "@mantine/hooks";

/** The size of the buttons of acts: as large as a thumb on a phone. */
export function useActSize(): { size: string; h?: number } {
  const phone = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false }) ?? false;
  return phone ? { size: "sm", h: 44 } : { size: "compact-sm" };
}
