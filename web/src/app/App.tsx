import "@fontsource-variable/inter/wght.css";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./theme.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { useState } from "react";
import { createQueryClient, whenSignedOut } from "@/api/query";
import { createAppRouter } from "./router";
import { theme } from "./theme";

const scheme = localStorageColorSchemeManager({ key: "millrace-color-scheme" });

// Open dialogs keep the page behind them still with a style element of their own library.
setNonce(nonce());

/** The nonce of this page's Content-Security-Policy, for the style elements that the components write. */
function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}

export function App() {
  const [{ client, router }] = useState(() => {
    const client = createQueryClient();
    const router = createAppRouter(client);
    whenSignedOut(() => {
      const { pathname, href } = router.state.location;
      if (isPublic(pathname)) return;
      client.clear();
      void router.navigate({ to: "/sign-in", search: { next: href } as never, replace: true });
    });
    return { client, router };
  });
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={scheme} getStyleNonce={nonce}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <Notifications position="bottom-right" autoClose={5000} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

function isPublic(pathname: string): boolean {
  return ["/sign-in", "/setup", "/invite"].includes(pathname);
}
