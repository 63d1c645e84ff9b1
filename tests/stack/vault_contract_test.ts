// What the project leans on of Vault, each once, against whatever the server has: the extension or its stand-in.
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { connect, type Sql } from "../support/database.ts";
import { type BareDatabase, startBareDatabase } from "./bare_database.ts";

let database: BareDatabase;
let sql: Sql;
let admin: Sql;

Deno.test.beforeAll(async () => {
  database = await startBareDatabase();
  sql = connect(database.url);
  admin = connect(database.adminUrl);
});

Deno.test.afterAll(async () => {
  await Promise.all([sql.end(), admin.end()]);
  await database.stop();
});

async function raised(attempt: () => Promise<unknown>): Promise<string> {
  const error = await assertRejects(attempt, Error);
  assert("code" in error);
  return `${error.code} ${error.message}`;
}

async function create(secret: string | null, name: string | null): Promise<string> {
  const [row] = await sql`select vault.create_secret(${secret}, ${name}) as id`;
  return row?.id;
}

async function read(name: string): Promise<unknown> {
  const rows = await sql`select decrypted_secret from vault.decrypted_secrets where name = ${name}`;
  return rows[0]?.decrypted_secret;
}

Deno.test("vault.create_secret() keeps any text, encrypted, and the view gives it back by name", async () => {
  for (const secret of ["s3cret", "", "ä\n€ 😀", "x".repeat(10_000)]) {
    const id = await create(secret, "kept");
    assertEquals(await read("kept"), secret);
    const [row] = await sql`
      select description, key_id, octet_length(nonce) as nonce, secret from vault.secrets where id = ${id}`;
    assertEquals({ ...row, secret: "" }, { description: "", key_id: null, nonce: 16, secret: "" });
    assert(row?.secret !== secret);
    await sql`delete from vault.secrets where name = 'kept'`;
    assertEquals(await read("kept"), undefined);
  }
});

Deno.test("vault.create_secret() raises for a name that is taken and for no secret; without a name there may be many", async () => {
  await create("1", "taken");
  assertEquals(
    await raised(() => create("2", "taken")),
    '23505 duplicate key value violates unique constraint "secrets_name_idx"',
  );
  assertEquals(await read("taken"), "1");
  assertEquals(
    await raised(() => create(null, "none")),
    '23502 null value in column "secret" of relation "secrets" violates not-null constraint',
  );
  assert(await create("3", null) !== await create("3", null));
});

Deno.test("vault.update_secret() changes what it is given, and says nothing of an id that is not there", async () => {
  const id = await create("old", "changed");
  await create("other", "other");
  await sql`select vault.update_secret(${id}, 'new')`;
  assertEquals(await read("changed"), "new");
  await sql`select vault.update_secret(${id}, new_name => 'renamed')`;
  assertEquals([await read("changed"), await read("renamed")], [undefined, "new"]);
  await sql`select vault.update_secret(${id}, null, null, 'about it')`;
  const [row] = await sql`select name, description, decrypted_secret from vault.decrypted_secrets where id = ${id}`;
  assertEquals(row, { name: "renamed", description: "about it", decrypted_secret: "new" });
  await sql`select vault.update_secret(gen_random_uuid(), 'nobody''s')`;
  assertEquals(
    await raised(() => sql`select vault.update_secret(${id}, new_name => 'other')`),
    '23505 duplicate key value violates unique constraint "secrets_name_idx"',
  );
  assertMatch(
    await raised(() => sql`select vault.update_secret('renamed', 'x')`),
    /^22P02 invalid input syntax for type uuid/,
  );
});

Deno.test("a secret that cannot be decrypted raises where it is read or updated, and nowhere else", async () => {
  const CIPHERTEXT = "22000 pgsodium_crypto_aead_det_decrypt_by_id: invalid ciphertext";
  await create("well", "well");
  for (
    const [damage, expected] of [
      // Of another row, or restored without its key.
      ["secret = (select o.secret from vault.secrets as o where o.name = 'well')", CIPHERTEXT],
      ["nonce = decode(repeat('00', 16), 'hex')", CIPHERTEXT],
      ["secret = encode(decode(repeat('00', 64), 'hex'), 'base64')", CIPHERTEXT],
      ["nonce = ''", "22000 pgsodium_crypto_aead_det_decrypt_by_id: invalid nonce"],
      ["secret = 'c2hvcnQ='", "22000 pgsodium_crypto_aead_det_decrypt_by_id: invalid message"],
      ["secret = ''", "22000 pgsodium_crypto_aead_det_decrypt_by_id: invalid message"],
      ["secret = 'plain text!'", '22023 invalid symbol "!" found while decoding base64 sequence'],
      ["secret = 'abc'", "22023 invalid base64 end sequence"],
    ] as const
  ) {
    const id = await create("lost", "lost");
    await admin.unsafe(`update vault.secrets set ${damage} where name = 'lost'`);
    assertEquals(await raised(() => read("lost")), expected, damage);
    assertEquals(await raised(() => sql`select vault.update_secret(${id}, 'again')`), expected, damage);
    assertEquals(
      await raised(() => sql`select count(decrypted_secret) from vault.decrypted_secrets`),
      expected,
      damage,
    );
    assertEquals(await read("well"), "well");
    const names = await sql`select name from vault.decrypted_secrets where name in ('lost', 'well') order by name`;
    assertEquals(names.map(({ name }) => name), ["lost", "well"], "names are read without decrypting");
    await sql`delete from vault.decrypted_secrets where name = 'lost'`;
    await create("mended", "lost");
    assertEquals(await read("lost"), "mended");
    await sql`delete from vault.secrets where name = 'lost'`;
  }
});

Deno.test("postgres and service_role read, create, update and delete secrets; nobody else anything, and no one writes the table", async () => {
  const attempts = {
    read: "select count(decrypted_secret) from vault.decrypted_secrets",
    create: "select vault.create_secret('x')",
    update: "select vault.update_secret(gen_random_uuid(), 'x')",
    delete: "delete from vault.secrets where false",
    insert: "insert into vault.secrets (secret) values ('x')",
    write: "update vault.secrets set secret = 'x' where false",
  };
  const allowed = async (role: string) => {
    const names: string[] = [];
    for (const [name, statement] of Object.entries(attempts)) {
      await sql.begin(async (sql) => {
        await sql.unsafe(`set local role ${role}`);
        await sql.unsafe(statement);
        names.push(name);
        throw new Error("rolled back");
      }).catch((error) => assert(error.message === "rolled back" || error.code === "42501", error));
    }
    return names;
  };
  for (const role of ["postgres", "service_role"]) {
    assertEquals(await allowed(role), ["read", "create", "update", "delete"], role);
  }
  for (const role of ["anon", "authenticated", "authenticator"]) assertEquals(await allowed(role), [], role);
});
