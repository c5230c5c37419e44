import { Button, Group, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ProblemAlert } from "@/components/ProblemAlert";
import { kind, type SheetImport, useImportActs } from "./queries";
import { CountBadges, RowsPart } from "./RowsPart";
import { t } from "./text";

const places: Record<string, string> = {
  environments: "/environments",
  components: "/environments",
  groups: "/environment-groups",
  bookings: "/schedule",
};

/** What an import did, where to see it, and how to take it back. */
export function ResultStep({ of }: { of: SheetImport }) {
  const [asking, setAsking] = useState(false);
  const undone = of.state === "undone";
  return (
    <Stack gap="md">
      <Title order={2} fz="md">
        {undone ? t("done.undone") : t("done.title")}
      </Title>
      <CountBadges of={of} />
      {undone && (
        <List size="sm">
          {of.consequences.map((c) => (
            <List.Item key={c.kind}>{c.message}</List.Item>
          ))}
        </List>
      )}
      <Group gap="xs">
        {!undone && of.kind && (
          <Button component={Link} to={places[of.kind] as never}>
            {t(`done.see.${of.kind}`)}
          </Button>
        )}
        {!undone && of.kind === "bookings" && of.counts.clashing > 0 && (
          <Button variant="default" component={Link} to={"/conflicts" as never}>
            {t("done.conflicts")}
          </Button>
        )}
        <Button variant="default" component={Link} to={"/environments/import" as never}>
          {t("done.another")}
        </Button>
        {of.actions.includes("undo") && (
          <Button variant="default" onClick={() => setAsking(true)}>
            {t("done.undo")}
          </Button>
        )}
      </Group>
      <Title order={2} fz="md">
        {t("done.rows")}
      </Title>
      <RowsPart of={of} />
      <UndoDialog of={of} opened={asking} onClose={() => setAsking(false)} />
    </Stack>
  );
}

/** Says what taking the import back would do before it is done. */
function UndoDialog({ of, opened, onClose }: { of: SheetImport; opened: boolean; onClose: () => void }) {
  const acts = useImportActs(of);
  const preview = useQuery({
    queryKey: keys.part(kind, of.id, "undo", { version: of.version }),
    queryFn: () => acts.undoPreview(),
    enabled: opened,
    staleTime: 0,
  });
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={t("done.undoTitle")}
      body={t("done.undoBody")}
      consequences={preview.data?.map((c) => c.message)}
      verb={t("done.undo")}
      danger
      disabled={!preview.isSuccess || preview.data.length === 0}
      onConfirm={() => acts.undo()}
    >
      {preview.isError && <ProblemAlert error={preview.error} onRetry={() => void preview.refetch()} />}
      {preview.data?.length === 0 && <Text size="sm">{t("done.undoNothing")}</Text>}
    </ConfirmDialog>
  );
}
