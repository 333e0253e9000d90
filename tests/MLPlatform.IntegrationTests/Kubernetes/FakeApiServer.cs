using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>
/// An API server of Kubernetes on 127.0.0.1 as far as clients can tell: versions, lists in pages, watches with bookmarks, refusals.
/// It was written from the API's documentation and knows nothing of our client. Every object it is given is held to the schemas.
/// </summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _end = new();

    private FakeApiServer(WebApplication app) => _app = app;

    public ObjectStore Store { get; } = new();
    public FakeFaults Faults { get; } = new();
    public string Address { get; private set; } = "";

    /// <summary>What pods printed, by their name.</summary>
    public ConcurrentDictionary<string, FakeLog> Logs { get; } = new();

    /// <summary>Every request: method, path and query.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>What was wrong with objects that were sent, accepted or not.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    /// <summary>Told of a deletion instead of carrying it out; whether it took it on.</summary>
    public Func<KubeResource, JsonObject, string?, long?, bool>? Deleting { get; set; }

    /// <summary>Why an object may not be made; null where it may.</summary>
    public Func<KubeResource, JsonObject, string?>? Admission { get; set; }

    /// <summary>Groups of the API that are not installed.</summary>
    public HashSet<string> Without { get; } = [];

    public static async Task<FakeApiServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        FakeApiServer server = new(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Address = app.Urls.Single();
        return server;
    }

    /// <summary>A kubeconfig that leads here.</summary>
    public string Kubeconfig(string folder)
    {
        string file = Path.Combine(folder, "kubeconfig");
        File.WriteAllText(file, $$"""
            apiVersion: v1
            kind: Config
            current-context: fake
            clusters:
            - name: fake
              cluster: { server: "{{Address}}" }
            contexts:
            - name: fake
              context: { cluster: fake, user: tester, namespace: mlplatform }
            users:
            - name: tester
              user: { token: not-a-secret }
            """);
        return file;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        Requests.Enqueue($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}");
        if (Faults.Take(http.Request) is { } fault)
        {
            if (fault.Status == 0)
            {
                http.Abort();
                return;
            }
            if (fault.RetryAfter is { } seconds)
                http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            await StatusAsync(http, fault.Status, "Injected", fault.Message);
            return;
        }
        if (FakeDiscovery.Answer(http.Request.Path) is { } discovery)
        {
            await JsonAsync(http, 200, discovery);
            return;
        }
        string[] parts = http.Request.Path.Value!.Trim('/').Split('/');
        int at = parts[0] == "api" ? 1 : 2;
        string group = parts[0] == "api" ? "" : parts.ElementAtOrDefault(1) ?? "", version = parts.ElementAtOrDefault(at) ?? "";
        string[] rest = parts.Length > at ? parts[(at + 1)..] : [];
        string? ns = rest is ["namespaces", var named, _, ..] ? named : null;
        if (ns is not null)
            rest = rest[2..];
        if (rest.Length == 0 || Without.Contains(group) || KubeResource.Find(group, version, rest[0]) is not { } resource)
        {
            await StatusAsync(http, 404, "NotFound", "the server could not find the requested resource");
            return;
        }
        string? name = rest.ElementAtOrDefault(1), sub = rest.ElementAtOrDefault(2);
        Task answer = (http.Request.Method, name, sub) switch
        {
            ("GET", null, _) when http.Request.Query["watch"] is ["true" or "1" or "True"] => WatchAsync(http, resource, ns),
            ("GET", null, _) => ListAsync(http, resource, ns),
            ("GET", _, "log") => LogAsync(http, ns!, name!),
            ("GET", _, null) => Store.Find(resource, ns ?? "", name!) is { } found ? JsonAsync(http, 200, found) : NotFoundAsync(http, resource, name!),
            ("POST", null, _) => CreateAsync(http, resource, ns),
            ("POST", _, "binding") => BindAsync(http, ns!, name!),
            ("PUT", _, _) => ReplaceAsync(http, resource, ns, name!, sub),
            ("PATCH", _, _) => PatchAsync(http, resource, ns, name!),
            ("DELETE", _, null) => DeleteAsync(http, resource, ns, name!),
            _ => StatusAsync(http, 405, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
        };
        await answer;
    }

    private async Task CreateAsync(HttpContext http, KubeResource resource, string? ns)
    {
        JsonObject o = await BodyAsync(http);
        o["metadata"] ??= new JsonObject();
        if (resource.Namespaced)
            o["metadata"]!["namespace"] ??= ns;
        o["apiVersion"] ??= resource.ApiVersion;
        o["kind"] ??= resource.Kind;
        IReadOnlyList<string> wrong = Manifests.Problems(o);
        if (wrong.Count > 0)
        {
            foreach (string each in wrong)
                Refused.Enqueue(each);
            await StatusAsync(http, 422, "Invalid", string.Join("; ", wrong));
            return;
        }
        if (Admission?.Invoke(resource, o) is { } why)
        {
            await StatusAsync(http, 403, "Forbidden", $"{resource.Plural} \"{o["metadata"]!["name"]}\" is forbidden: {why}");
            return;
        }
        if (o["stringData"] is JsonObject plain)
        {
            o["data"] ??= new JsonObject();
            foreach ((string key, JsonNode? value) in plain)
                o["data"]![key] = Convert.ToBase64String(Encoding.UTF8.GetBytes((string)value!));
            o.Remove("stringData");
        }
        if (Store.TryAdd(resource, o))
            await JsonAsync(http, 201, Store.Find(resource, ns ?? "", (string)o["metadata"]!["name"]!) ?? o);
        else
            await StatusAsync(http, 409, "AlreadyExists", $"{resource.Plural} \"{o["metadata"]!["name"]}\" already exists");
    }

    private async Task BindAsync(HttpContext http, string ns, string name)
    {
        JsonObject binding = await BodyAsync(http);
        bool taken = false;
        bool found = Store.Change(FakeCluster.Pods, ns, name, pod =>
        {
            taken = pod["spec"]!["nodeName"] is not null;
            if (!taken)
                pod["spec"]!["nodeName"] = (string?)binding["target"]!["name"];
        });
        await (taken ? StatusAsync(http, 409, "Conflict", $"pod {name} is already assigned to a node") : found ? StatusAsync(http, 201, "", "") : NotFoundAsync(http, FakeCluster.Pods, name));
    }

    private async Task ReplaceAsync(HttpContext http, KubeResource resource, string? ns, string name, string? sub)
    {
        JsonObject body = await BodyAsync(http);
        string? version = (string?)body["metadata"]?["resourceVersion"];
        if (version is not null && Store.Find(resource, ns ?? "", name) is { } now && (string?)now["metadata"]!["resourceVersion"] != version)
        {
            await StatusAsync(http, 409, "Conflict", $"{name} was changed meanwhile");
            return;
        }
        bool found = Store.Change(resource, ns ?? "", name, o =>
        {
            foreach (string part in sub is null ? body.Select(p => p.Key).Where(k => k is not ("apiVersion" or "kind" or "metadata")).ToArray() : [sub])
                o[part] = body[part]?.DeepClone();
        });
        await (found ? JsonAsync(http, 200, Store.Find(resource, ns ?? "", name)!) : NotFoundAsync(http, resource, name));
    }

    private async Task PatchAsync(HttpContext http, KubeResource resource, string? ns, string name)
    {
        JsonObject patch = await BodyAsync(http);
        bool found = Store.Change(resource, ns ?? "", name, o => Merge(o, patch));
        await (found ? JsonAsync(http, 200, Store.Find(resource, ns ?? "", name)!) : NotFoundAsync(http, resource, name));
    }

    private static void Merge(JsonObject into, JsonObject patch)
    {
        foreach ((string key, JsonNode? value) in patch)
        {
            if (value is null)
                into.Remove(key);
            else if (value is JsonObject inner && into[key] is JsonObject own)
                Merge(own, inner);
            else
                into[key] = value.DeepClone();
        }
    }

    private async Task DeleteAsync(HttpContext http, KubeResource resource, string? ns, string name)
    {
        JsonObject options = http.Request.ContentLength is > 0 ? await BodyAsync(http) : [];
        if (Store.Find(resource, ns ?? "", name) is not { } found)
        {
            await NotFoundAsync(http, resource, name);
            return;
        }
        string? policy = http.Request.Query["propagationPolicy"].FirstOrDefault() ?? (string?)options["propagationPolicy"];
        long? grace = options["gracePeriodSeconds"] is JsonValue g ? g.GetValue<long>() : null;
        if (Deleting?.Invoke(resource, found, policy, grace) != true)
            Store.Remove(resource, ns ?? "", name);
        await JsonAsync(http, 200, found);
    }

    private async Task ListAsync(HttpContext http, KubeResource resource, string? ns)
    {
        (IReadOnlyList<JsonObject> all, long version) = Store.List(resource, ns);
        JsonObject[] items = [.. all.Where(o => FakeSelectors.Fits(o, http.Request.Query))];
        int from = 0;
        string? next = http.Request.Query["continue"].FirstOrDefault();
        if (next is not null)
        {
            string[] token = next.Split('-');
            (version, from) = (long.Parse(token[0], CultureInfo.InvariantCulture), int.Parse(token[1], CultureInfo.InvariantCulture));
        }
        int most = int.TryParse(http.Request.Query["limit"], CultureInfo.InvariantCulture, out int limit) && limit > 0 ? limit : int.MaxValue;
        JsonObject metadata = new() { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) };
        if (items.Length - from > most)
            metadata["continue"] = string.Create(CultureInfo.InvariantCulture, $"{version}-{from + most}");
        await JsonAsync(http, 200, new JsonObject
        {
            ["kind"] = resource.Kind + "List",
            ["apiVersion"] = resource.ApiVersion,
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. items.Skip(from).Take(most)]),
        });
    }

    private async Task WatchAsync(HttpContext http, KubeResource resource, string? ns)
    {
        long version = long.TryParse(http.Request.Query["resourceVersion"], CultureInfo.InvariantCulture, out long from) && from > 0 ? from : Store.Version;
        TimeSpan length = int.TryParse(http.Request.Query["timeoutSeconds"], CultureInfo.InvariantCulture, out int seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromMinutes(5);
        bool bookmarks = http.Request.Query["allowWatchBookmarks"] is ["true" or "True"];
        http.Response.ContentType = "application/json";
        await http.Response.StartAsync();
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _end.Token);
        long began = TimeProvider.System.GetTimestamp();
        try
        {
            while (TimeProvider.System.GetElapsedTime(began) < length || Faults.Silent)
            {
                Task changed = Store.Changed;
                if (Faults.Silent)
                {
                    await Task.Delay(50, end.Token); // Half open: nobody is there any more, and nobody says so.
                    continue;
                }
                if (Store.Since(version, resource) is not { } changes)
                {
                    await EventAsync(http, "ERROR", new JsonObject
                    {
                        ["kind"] = "Status",
                        ["apiVersion"] = "v1",
                        ["metadata"] = new JsonObject(),
                        ["status"] = "Failure",
                        ["reason"] = "Expired",
                        ["code"] = 410,
                        ["message"] = $"too old resource version: {version}",
                    });
                    return;
                }
                foreach (Change change in Faults.Reorders ? changes.Reverse() : changes)
                {
                    version = Math.Max(version, change.Version);
                    if ((ns is not null && (string?)change.Object["metadata"]!["namespace"] != ns) || !FakeSelectors.Fits(change.Object, http.Request.Query))
                        continue;
                    for (int i = 0; i < (Faults.Duplicates ? 2 : 1); i++)
                        await EventAsync(http, change.Type, change.Object.DeepClone().AsObject());
                }
                await Task.WhenAny(changed, Task.Delay(200, end.Token));
                if (bookmarks && !changed.IsCompleted)
                {
                    version = Math.Max(version, changes.Count > 0 ? version : version);
                    await EventAsync(http, "BOOKMARK", new JsonObject
                    {
                        ["kind"] = resource.Kind,
                        ["apiVersion"] = resource.ApiVersion,
                        ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) },
                    });
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return; // The client left, or the test is over.
        }
    }

    private async Task LogAsync(HttpContext http, string ns, string name)
    {
        if (Store.Find(FakeCluster.Pods, ns, name) is null)
        {
            await NotFoundAsync(http, FakeCluster.Pods, name);
            return;
        }
        if (!Logs.TryGetValue(name, out FakeLog? log))
        {
            await StatusAsync(http, 400, "BadRequest", $"container \"main\" in pod \"{name}\" is waiting to start: ContainerCreating");
            return;
        }
        bool follow = http.Request.Query["follow"] is ["true" or "True"], times = http.Request.Query["timestamps"] is ["true" or "True"];
        http.Response.ContentType = "text/plain";
        await http.Response.StartAsync();
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _end.Token);
        try
        {
            int sent = 0;
            await foreach ((string at, string text) in log.ReadAsync(follow, end.Token))
            {
                await http.Response.WriteAsync((times ? $"{at} {text}" : text) + "\n", end.Token);
                await http.Response.Body.FlushAsync(end.Token);
                if (follow && Faults.CutLogsAfter is > 0 and var most && ++sent >= most)
                {
                    http.Abort();
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return;
        }
    }

    private static async Task EventAsync(HttpContext http, string type, JsonObject o)
    {
        await http.Response.WriteAsync(new JsonObject { ["type"] = type, ["object"] = o }.ToJsonString() + "\n", http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    private static async Task<JsonObject> BodyAsync(HttpContext http) => (await JsonNode.ParseAsync(http.Request.Body))!.AsObject();

    private static Task NotFoundAsync(HttpContext http, KubeResource resource, string name) => StatusAsync(http, 404, "NotFound", $"{resource.Plural} \"{name}\" not found");

    private static Task StatusAsync(HttpContext http, int code, string reason, string message) => JsonAsync(http, code, new JsonObject
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = code < 400 ? "Success" : "Failure",
        ["message"] = message,
        ["reason"] = reason,
        ["code"] = code,
    });

    private static async Task JsonAsync(HttpContext http, int status, JsonObject body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(body.ToJsonString());
    }
}
