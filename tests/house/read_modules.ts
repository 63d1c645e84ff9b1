import { fileURLToPath } from "node:url";
import ts from "typescript";

/** An import or re-export of another file of the project. */
export interface Import {
  /** Path of the imported file, from the project's folder. */
  target: string;
  /** Whether nothing of it is left when the program runs. */
  typeOnly: boolean;
}

export interface Module {
  /** From the project's folder. */
  path: string;
  imports: Import[];
  /** Every name its code uses, also as `process.env`; comments and texts are no code. */
  names: Set<string>;
}

/** Reads all TypeScript files below some folders of the project. */
export function readModules(project: URL, folders: string[]): Module[] {
  return folders.flatMap((folder) => listFiles(project, folder)).map((path) =>
    readModule(path, Deno.readTextFileSync(new URL(path, project)))
  );
}

/** The TypeScript files below a folder of the project. */
export function listFiles(project: URL, folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, project))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return listFiles(project, path);
    return /\.tsx?$/.test(name) ? [path] : [];
  }).sort();
}

/** Reads one file's text. */
export function readModule(path: string, text: string): Module {
  const imports: Import[] = [];
  const names = new Set<string>();
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith(".")) return;
    imports.push({ target: resolve(path, specifier.text), typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly || areTypes(node.exportClause));
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    if (ts.isIdentifier(node)) names.add(node.text);
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      names.add(`${node.expression.text}.${node.name.text}`);
    }
    // `Deno["env"]` is `Deno.env`.
    if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
      names.add(node.argumentExpression.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return { path, imports, names };
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  return clause.isTypeOnly || (clause.name === undefined && areTypes(clause.namedBindings));
}

/** `{ type A, type B }` */
function areTypes(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  if (!bindings || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return false;
  return bindings.elements.length > 0 && [...bindings.elements].every(({ isTypeOnly }) => isTypeOnly);
}

function resolve(from: string, specifier: string): string {
  return fileURLToPath(new URL(specifier, `file:///${from}`)).slice(1);
}
