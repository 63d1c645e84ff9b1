import postgres from "postgres";

/** Somebody who holds rows locked, as a person does who forgets to commit. */
export interface LockHolder {
  /** Runs a statement in a transaction that stays open; the returned function rolls it back. */
  hold(statement: string): Promise<() => Promise<void>>;
  /** Whoever still holds something lets go. */
  releaseAll(): Promise<void>;
  end(): Promise<void>;
}

export function createLockHolder(url: string): LockHolder {
  const sql = postgres(url, { max: 4, onnotice: () => {}, connection: { lock_timeout: 10 } });
  const held = new Set<() => Promise<void>>();

  return {
    async hold(statement) {
      const connection = await sql.reserve();
      const release = async () => {
        if (!held.delete(release)) return;
        await connection`rollback`;
        connection.release();
      };
      held.add(release);
      await connection`begin`;
      // Rows that somebody else holds are left out.
      await connection.unsafe(statement).catch(() => {});
      return release;
    },
    async releaseAll() {
      for (const release of held) await release();
    },
    end: () => sql.end(),
  };
}
