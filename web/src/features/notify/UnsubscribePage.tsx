import { Container, Loader } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { EmptyState } from "@/components/EmptyState";
import { t } from "./text";

/**
 * Links of mails lead to a page that the server writes itself, so that they work without a script. Whoever comes here
 * with the token of such a link is led there.
 */
export function UnsubscribePage() {
  const { token } = useSearch({ strict: false }) as { token?: string };
  useEffect(() => {
    if (token) window.location.replace(`/api/v1/unsubscribe?token=${encodeURIComponent(token)}`);
  }, [token]);
  return (
    <Container component="main" size="xs" py="xl">
      {token ? (
        <Loader aria-label={t("unsubscribe.opening")} />
      ) : (
        <EmptyState title={t("unsubscribe.title")} body={t("unsubscribe.body")} />
      )}
    </Container>
  );
}
