import "@mantine/spotlight/styles.css";
import { ActionIcon, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData, spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { areas } from "./nav";
import { recordAddress, recordIcon, recordWord } from "./records";
import classes from "./Shell.module.css";
import { t } from "./text";

type Hit = Schema<"SearchHit">;

/** ⌘K: pages at once, records from the server as one types. */
export function SearchButton({ compact }: { compact: boolean }) {
  const [q, setQ] = useState("");
  const [asked] = useDebouncedValue(q.trim(), 120);
  const navigate = useNavigate();
  const hits = useQuery({
    queryKey: ["search", asked],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/search", { params: { query: { q: asked, limit: 20 } }, signal })),
    enabled: asked.length >= 2,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  const words = q.trim().toLowerCase();
  const pages: SpotlightActionData[] = areas
    .filter((a) => !words || t(a.key).toLowerCase().includes(words))
    .map((a) => ({
      id: `page ${a.to}`,
      label: t(a.key),
      leftSection: <a.icon size={18} stroke={1.75} aria-hidden />,
      onClick: () => void navigate({ to: a.to }),
    }));
  const records: SpotlightActionData[] = (asked.length >= 2 ? (hits.data?.items ?? []) : []).map((hit: Hit) => {
    const Sign = recordIcon(hit.kind);
    return {
      id: `${hit.kind} ${hit.id}`,
      label: hit.title,
      description: [recordWord(hit.kind), hit.subtitle].filter(Boolean).join(" · "),
      leftSection: <Sign size={18} stroke={1.75} aria-hidden />,
      onClick: () => void navigate(recordAddress(hit.kind, hit.id) as never),
    };
  });
  const actions: SpotlightActionGroupData[] = [];
  if (records.length) actions.push({ group: t("search.records"), actions: records });
  if (pages.length) actions.push({ group: t("search.pages"), actions: pages });
  return (
    <>
      {compact ? (
        <ActionIcon aria-label={t("search.open")} onClick={spotlight.open}>
          <IconSearch size={18} />
        </ActionIcon>
      ) : (
        <UnstyledButton className={classes.searchButton} onClick={spotlight.open}>
          <IconSearch size={16} aria-hidden />
          {t("search.open")}
          <kbd>{/mac/i.test(navigator.userAgent) ? "⌘K" : "Ctrl K"}</kbd>
        </UnstyledButton>
      )}
      <Spotlight
        shortcut={["mod + K"]}
        query={q}
        onQueryChange={setQ}
        actions={actions}
        filter={(_, all) => all}
        nothingFound={
          hits.isError ? t("search.failed") : words.length < 2 ? t("search.hint") : t("search.nothing", { q: q.trim() })
        }
        searchProps={{
          leftSection: <IconSearch size={18} aria-hidden />,
          placeholder: t("search.placeholder"),
          "aria-label": t("search.placeholder"),
        }}
        scrollable
        overlayProps={{ blur: 0, backgroundOpacity: 0.3 }}
        transitionProps={{ duration: 100 }}
        maxHeight={420}
        clearQueryOnClose
      />
    </>
  );
}
