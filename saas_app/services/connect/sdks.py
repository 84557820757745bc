"""Programs: Python with FastMCP or the MCP SDK, TypeScript with the MCP SDK."""

import json
from textwrap import dedent

from saas_app.services.connect.target import KEY_VARIABLE, ClientSetup, Snippet, Target, Way

CALLBACK = "http://localhost:8976/callback"


def python_sdk(target: Target) -> ClientSetup:
    """Two Python clients."""
    return ClientSetup(
        id="python",
        name="Python",
        steps=("Install one of the two and run the file.",),
        snippets=(
            Snippet("FastMCP: pip install fastmcp", _fastmcp(target), "python"),
            Snippet("MCP SDK: pip install “mcp>=2”", _mcp(target), "python"),
        ),
        notes=_key_note(target),
    )


def typescript_sdk(target: Target) -> ClientSetup:
    """The TypeScript client."""
    return ClientSetup(
        id="typescript",
        name="TypeScript",
        steps=("Install the package and run the file with Node.js, Bun or Deno.",),
        snippets=(
            Snippet("npm install @modelcontextprotocol/client", _typescript(target), "typescript"),
        ),
        notes=_key_note(target),
    )


def _key_note(target: Target) -> tuple[str, ...]:
    if not target.has_key:
        return ()
    return (f"The program reads the key from the environment variable {KEY_VARIABLE}.",)


def _fastmcp(target: Target) -> str:
    auth = {
        Way.OAUTH: ', auth="oauth"',
        Way.KEY: f', auth=os.environ["{KEY_VARIABLE}"]',
        Way.OPEN: "",
    }[target.way]
    imports = "import asyncio\nimport os" if target.has_key else "import asyncio"
    return f"""{imports}

from fastmcp import Client


async def main():
    async with Client({json.dumps(target.url)}{auth}) as client:
        for tool in await client.list_tools():
            print(tool.name, "-", tool.description)


asyncio.run(main())"""


def _mcp(target: Target) -> str:
    if target.way is Way.OPEN:
        return _MCP_OPEN.replace("URL", json.dumps(target.url))
    code = _MCP_KEY if target.has_key else _MCP_OAUTH
    return code.replace("URL", json.dumps(target.url)).replace("NAME", json.dumps(target.name))


def _typescript(target: Target) -> str:
    code = {Way.OAUTH: _TS_OAUTH, Way.KEY: _TS_KEY, Way.OPEN: _TS_OPEN}[target.way]
    return code.replace("URL_HERE", json.dumps(target.url))


_MCP_OPEN = dedent("""\
    import asyncio

    from mcp import Client


    async def main():
        async with Client(URL) as client:
            for tool in (await client.list_tools()).tools:
                print(tool.name, "-", tool.description)


    asyncio.run(main())""")

_MCP_KEY = dedent(f"""\
    import asyncio
    import os

    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client


    async def main():
        headers = {{"Authorization": f"Bearer {{os.environ['{KEY_VARIABLE}']}}"}}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            async with Client(streamable_http_client(URL, http_client=http)) as client:
                for tool in (await client.list_tools()).tools:
                    print(tool.name, "-", tool.description)


    asyncio.run(main())""")

_MCP_OAUTH = dedent(f"""\
    import asyncio
    from urllib.parse import parse_qs, urlsplit

    import httpx2
    from mcp import Client
    from mcp.client.auth import OAuthClientProvider
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


    class Memory:
        # Keeps what was granted while the program runs; write it to disk to keep it longer.
        tokens = client_info = None

        async def get_tokens(self):
            return self.tokens

        async def set_tokens(self, tokens):
            self.tokens = tokens

        async def get_client_info(self):
            return self.client_info

        async def set_client_info(self, client_info):
            self.client_info = client_info


    async def show_address(address):
        print("Open this in a browser:", address)


    async def read_answer():
        reply = input("Paste the address that the browser was sent to: ")
        query = {{name: values[0] for name, values in parse_qs(urlsplit(reply).query).items()}}
        return AuthorizationCodeResult(
            code=query["code"], state=query.get("state"), iss=query.get("iss")
        )


    async def main():
        auth = OAuthClientProvider(
            URL,
            OAuthClientMetadata(
                client_name="My program", redirect_uris=["{CALLBACK}"]
            ),
            Memory(),
            redirect_handler=show_address,
            callback_handler=read_answer,
        )
        async with httpx2.AsyncClient(auth=auth, timeout=60) as http:
            async with Client(streamable_http_client(URL, http_client=http)) as client:
                for tool in (await client.list_tools()).tools:
                    print(tool.name, "-", tool.description)


    asyncio.run(main())""")

_TS_END = """
for (const tool of (await client.listTools()).tools) {
  console.log(tool.name, "-", tool.description);
}
await client.close();"""

_TS_OPEN = (
    """\
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const client = new Client({ name: "my-program", version: "1.0.0" });
await client.connect(new StreamableHTTPClientTransport(new URL(URL_HERE)));
"""
    + _TS_END
)

_TS_KEY = (
    f"""\
import {{ Client, StreamableHTTPClientTransport }} from "@modelcontextprotocol/client";

const client = new Client({{ name: "my-program", version: "1.0.0" }});
await client.connect(
  new StreamableHTTPClientTransport(new URL(URL_HERE), {{
    requestInit: {{ headers: {{ Authorization: `Bearer ${{process.env.{KEY_VARIABLE}}}` }} }},
  }}),
);
"""
    + _TS_END
)

_TS_OAUTH = (
    f"""\
import {{ createServer }} from "node:http";
import {{
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
}} from "@modelcontextprotocol/client";
import type {{ OAuthClientProvider }} from "@modelcontextprotocol/client";

const kept: {{ client?: any; tokens?: any; verifier?: string }} = {{}};
const authProvider: OAuthClientProvider = {{
  redirectUrl: "{CALLBACK}",
  clientMetadata: {{ client_name: "My program", redirect_uris: ["{CALLBACK}"] }},
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  redirectToAuthorization: (address) => console.log(`Open this in a browser: ${{address}}`),
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier ?? "",
}};

const client = new Client({{ name: "my-program", version: "1.0.0" }});
const transport = () => new StreamableHTTPClientTransport(new URL(URL_HERE), {{ authProvider }});
const first = transport();
try {{
  await client.connect(first);
}} catch (error) {{
  if (!(error instanceof UnauthorizedError)) throw error;
  const answer = await new Promise<URLSearchParams>((resolve) => {{
    const server = createServer((request, response) => {{
      response.end("You can close this page.");
      server.close();
      resolve(new URL(request.url ?? "/", "{CALLBACK}").searchParams);
    }}).listen(8976, "localhost");
  }});
  await first.finishAuth(answer);
  await client.connect(transport());
}}
"""
    + _TS_END
)
