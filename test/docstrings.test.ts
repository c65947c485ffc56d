// Every name that a file of src exports has a docstring, and so has every member of it: hover shows it, and
// docs/library.md is made from it.

import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src/", import.meta.url));

function sourceOf(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2023, true);
}

/** The columns of tables have their meaning elsewhere: query/sql/schema-tables.ts, which has a test of its own. */
const ELSEWHERE = ["tables", "derived-tables", "kept-tables"].map(
  (name) => `timeline/schema/${name}.ts`,
);

const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && !ELSEWHERE.includes(path))
  .map((path) => sourceOf(join(SRC, path)));

function textOf(node: ts.Node): string {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return docs.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "").join("\n");
}

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return (
    ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((each) => each.kind === kind)
  );
}

/** What a statement declares: a variable's docstring stands at its statement. */
function namesOf(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const { name } = statement as Partial<ts.DeclarationStatement>;
  return name === undefined ? [] : [name.getText()];
}

type Member =
  | ts.PropertySignature
  | ts.MethodSignature
  | ts.PropertyDeclaration
  | ts.MethodDeclaration
  | ts.AccessorDeclaration
  | ts.ConstructorDeclaration;

function isMember(node: ts.Node): node is Member {
  return (
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isAccessor(node) ||
    ts.isConstructorDeclaration(node)
  );
}

function isPrivate(node: Member): boolean {
  if (hasModifier(node, ts.SyntaxKind.PrivateKeyword)) return true;
  return node.name !== undefined && ts.isPrivateIdentifier(node.name);
}

/** The members that a type shows, those of the object types inside of it too. */
function membersOf(root: ts.Node, of: string): readonly Named[] {
  const members: Named[] = [];
  const visit = (node: ts.Node, inside: string): void => {
    if (ts.isBlock(node)) return;
    let name = inside;
    if (isMember(node)) {
      // A constructor without parameters is documented by its class.
      if (isPrivate(node) || (ts.isConstructorDeclaration(node) && node.parameters.length === 0))
        return;
      name = `${inside}.${node.name?.getText() ?? "constructor"}`;
      members.push({ name, node });
    }
    if (ts.isPropertyDeclaration(node)) {
      if (node.type !== undefined) visit(node.type, name);
      return;
    }
    ts.forEachChild(node, (child) => {
      visit(child, name);
    });
  };
  ts.forEachChild(root, (child) => {
    visit(child, of);
  });
  return members;
}

function isType(node: ts.Statement): boolean {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)
  );
}

interface Named {
  /** `Name`, `Name.member` or `Name.member.inner`. */
  readonly name: string;
  readonly node: ts.Node;
}

/** The exported names of a file, and the members that their types show. */
function publicOf(file: ts.SourceFile): readonly Named[] {
  return file.statements
    .filter((statement) => hasModifier(statement, ts.SyntaxKind.ExportKeyword))
    .flatMap((node) => {
      const [name = ""] = namesOf(node);
      return isType(node) ? [{ name, node }, ...membersOf(node, name)] : [{ name, node }];
    });
}

const ALL = FILES.flatMap((file) => publicOf(file).map((each) => ({ ...each, file })));
const DOCUMENTED = new Set(ALL.filter(({ node }) => textOf(node) !== "").map(({ name }) => name));

/** A member of a base class or of an interface is documented there, and hover shows that. */
function isInherited({ name, node }: Named): boolean {
  if (hasModifier(node, ts.SyntaxKind.OverrideKeyword)) return true;
  if (!ts.isClassDeclaration(node.parent)) return false;
  const member = name.slice(name.lastIndexOf("."));
  return (node.parent.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ImplementsKeyword)
    .some(({ types }) => types.some((type) => DOCUMENTED.has(type.expression.getText() + member)));
}

/** An implementation has the docstrings of its overloads. */
function isOverloaded({ name, node }: Named): boolean {
  const overloads = ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node);
  return overloads && DOCUMENTED.has(name);
}

describe("a docstring", () => {
  test("stands at every exported name and at every member", () => {
    expect(ALL.length).toBeGreaterThan(2000);
    const lacking = ALL.filter((each) => textOf(each.node) === "")
      .filter((each) => !isInherited(each) && !isOverloaded(each))
      .map(({ name, file }) => `${relative(SRC, file.fileName)} ${name}`);
    expect(lacking).toEqual([]);
  });

  test("of an option says what is so without it", () => {
    const options = ALL.filter(({ name, node }) => {
      const [type = "", member] = name.split(".");
      const isOption = /Options?$/.test(type) || ["Asked", "AtFilter", "LogFilter"].includes(type);
      return member !== undefined && isOption && ts.isPropertySignature(node) && isLeft(node);
    });
    expect(options.length).toBeGreaterThan(50);
    const silent = options.filter(({ node }) => !/\b(?:absent|default)\b/i.test(textOf(node)));
    expect(silent.map(({ name, file }) => `${relative(SRC, file.fileName)} ${name}`)).toEqual([]);
  });
});

/** May it be left out? */
function isLeft({ questionToken }: ts.PropertySignature): boolean {
  return questionToken !== undefined;
}
