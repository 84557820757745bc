// Stands in for @modelcontextprotocol/client, which tests do not install: no more than the programs
// use of it, and a real exchange with a real server. A grant's code is itself the token here.

export class UnauthorizedError extends Error {}

export class StreamableHTTPClientTransport {
  constructor(
    private url: URL,
    private options: any = {},
  ) {
    if (!(url instanceof URL)) throw new TypeError("url is no URL");
  }

  async call(method: string, params: object): Promise<any> {
    const provider = this.options.authProvider;
    const token = provider?.tokens()?.access_token;
    const response = await fetch(this.url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        ...this.options.requestInit?.headers,
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    if (response.status === 401 && provider) {
      const { client_name, redirect_uris } = provider.clientMetadata;
      if (!client_name || redirect_uris[0] !== provider.redirectUrl) throw new Error("bad client");
      provider.saveClientInformation({ client_id: "one" });
      provider.saveCodeVerifier("a-verifier");
      provider.redirectToAuthorization(new URL(`/authorize?to=${provider.redirectUrl}`, this.url));
      throw new UnauthorizedError();
    }
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const data = (await response.text()).split("\n").find((line) => line.startsWith("data: "));
    return JSON.parse(data!.slice(6)).result;
  }

  async finishAuth(answer: URLSearchParams): Promise<void> {
    const provider = this.options.authProvider;
    if (provider.clientInformation()?.client_id !== "one") throw new Error("the client is lost");
    if (provider.codeVerifier() !== "a-verifier") throw new Error("the verifier is lost");
    provider.saveTokens({ access_token: answer.get("code") });
  }
}

export class Client {
  private transport?: StreamableHTTPClientTransport;

  constructor(private info: { name: string; version: string }) {}

  async connect(transport: StreamableHTTPClientTransport): Promise<void> {
    await transport.call("initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: this.info,
    });
    this.transport = transport;
  }

  async listTools(): Promise<any> {
    return this.transport!.call("tools/list", {});
  }

  async close(): Promise<void> {
    this.transport = undefined;
  }
}
