export function JoinPage({ code }: { code: string }) { return code; }
