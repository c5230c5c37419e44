import { useEffect, useState } from "react";

/** Gives the focus back to what opened a dialog once it is gone; where that was an item of a menu, to the menu's button. */
export function useFocusBack() {
  const [opener] = useState(() => {
    const active = document.activeElement;
    const button = active?.closest("[role=menu]")?.getAttribute("aria-labelledby");
    return (button ? document.getElementById(button) : active) as HTMLElement | null;
  });
  useEffect(
    () => () => {
      setTimeout(() => {
        if (opener?.isConnected && (document.activeElement ?? document.body) === document.body) opener.focus();
      });
    },
    [opener],
  );
}
