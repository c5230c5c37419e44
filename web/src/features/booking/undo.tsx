import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { asProblem } from "@/api/problem";
import { t } from "./text";

let notices = 0;

/** Says what is true now, with a button that takes it back; what came of that replaces the notice. */
export function tellWithUndo(message: string, after: () => void, undo: () => Promise<string>) {
  const id = `undo-${++notices}`;
  const back = async () => {
    try {
      notifications.update({ id, message: await undo(), autoClose: 6_000 });
    } catch (error) {
      notifications.update({ id, color: "red", message: asProblem(error).message, autoClose: false });
    }
    after();
  };
  notifications.show({
    id,
    autoClose: 12_000,
    message: (
      <Group gap="xs" justify="space-between">
        <Text size="sm">{message}</Text>
        <Button size="compact-sm" variant="default" onClick={() => void back()}>
          {t("undo")}
        </Button>
      </Group>
    ),
  });
}
