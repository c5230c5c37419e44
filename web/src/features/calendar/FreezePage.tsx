import { Box, Button, Menu, SimpleGrid, Skeleton, Stack, Title } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RecordHistory } from "@/components/RecordHistory";
import { Slot } from "@/components/Slot";
import { type Act, ActDialog } from "./acts";
import { DuplicateDialog } from "./DuplicateDialog";
import { Phase } from "./Marks";
import { windowQuery } from "./queries";
import { t } from "./text";
import { WindowFacts } from "./WindowDrawer";
import { WindowForm } from "./WindowForm";
import { WindowMenu } from "./WindowsPage";

/** One freeze: what it closes and when, what people say about it, who follows it and how it came about. */
export function FreezePage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const navigate = useNavigate();
  const query = useQuery(windowQuery("freeze", id));
  const [asking, setAsking] = useState<"edit" | "copy" | Act>();
  const w = query.data;
  if (query.isError && !w) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!w)
    return (
      <div aria-busy>
        <Skeleton h={28} w={260} mt="md" />
        <Skeleton h={16} w="50%" mt="sm" />
        <Skeleton h={220} mt="md" />
      </div>
    );
  const record = { kind: "freeze", id: w.id, name: w.name };
  const close = () => setAsking(undefined);
  return (
    <>
      <PageHeader
        title={w.name}
        about={w.description}
        crumbs={[{ label: t("tabs.freeze"), to: "/calendar/freezes" }]}
        badge={<Phase value={w.phase} />}
      >
        <Slot part="follow" {...record} />
        {w.allowedActs.includes("edit") && (
          <Button variant="default" onClick={() => setAsking("edit")}>
            {t("edit")}
          </Button>
        )}
        {w.allowedActs.length > 0 && (
          <Menu>
            <Menu.Target>
              <Button variant="default" px="xs" aria-label={t("moreActs")}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <WindowMenu
                window={w}
                onEdit={() => setAsking("edit")}
                onCopy={() => setAsking("copy")}
                onAct={setAsking}
              />
            </Menu.Dropdown>
          </Menu>
        )}
      </PageHeader>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" py="md">
        <Stack gap="xl">
          <section>
            <Title order={2} mb="xs">
              {t("about")}
            </Title>
            <WindowFacts window={w} />
          </section>
          <Slot part="comments" {...record} />
        </Stack>
        <Stack gap="xl">
          <Slot part="attachments" {...record} />
          <Slot part="watchers" {...record} />
          <Box>
            <Title order={2}>{t("history")}</Title>
            <RecordHistory kind="freeze" id={w.id} quiet />
          </Box>
        </Stack>
      </SimpleGrid>
      {asking === "edit" && <WindowForm kind="freeze" window={w} onClose={close} />}
      {asking === "copy" && (
        <DuplicateDialog
          kind="freeze"
          window={w}
          onClose={close}
          onDone={(copy) => void navigate({ to: `/calendar/freezes/${copy}` as string })}
        />
      )}
      {(asking === "cancel" || asking === "reinstate" || asking === "delete") && (
        <ActDialog
          kind="freeze"
          act={asking}
          window={w}
          onClose={close}
          onDone={() => asking === "delete" && void navigate({ to: "/calendar/freezes" as string })}
        />
      )}
    </>
  );
}
