/** The source of a script: the editor of code with what the catalogue offers. It is loaded for itself, as the largest part of the page. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, type Ref, useMemo } from "react";
import { texts } from "../texts";
import { CodeEditor, type CodeEditorHandle } from "../ui/code-editor/CodeEditor";
import { makeExplain, makeSuggest } from "./suggesting";

export interface Cursor {
  position: number;
  line: number;
  column: number;
}

interface SourceProps {
  ref?: Ref<CodeEditorHandle>;
  code: string;
  readOnly: boolean;
  onChange: (code: string) => void;
  onCursor: (cursor: Cursor) => void;
  onRun: (code: string) => void;
  onSave: (code: string) => void;
}

export default function Source({ ref, code, readOnly, onChange, onCursor, onRun, onSave }: SourceProps): ReactNode {
  const queries = useQueryClient();
  const [suggest, explain] = useMemo(() => [makeSuggest(queries), makeExplain(queries)] as const, [queries]);
  return (
    <CodeEditor
      {...(ref && { ref })}
      label={texts.editorPage.source}
      value={code}
      readOnly={readOnly}
      onChange={onChange}
      onCursor={onCursor}
      suggest={suggest}
      explain={explain}
      keys={{ "Mod-Enter": onRun, "Mod-s": onSave }}
    />
  );
}
