using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace MLPlatform.IntegrationTests.Data.Stores;

/// <summary>
/// A name node and a data node that speak WebHDFS, in memory, written from the API's description. Bytes go through the data
/// node alone; a file that is being written is seen under its name only when it is closed.
/// </summary>
internal sealed class FakeHdfs : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (byte[] Bytes, long Time)> _files = new(StringComparer.Ordinal);
    private long _clock = 1_600_000_000_000;

    public FakeHdfs() => (NameNode, DataNode) = (new Names(this), new Data(this));

    public Names NameNode { get; }
    public Data DataNode { get; }

    /// <summary>Whoever is not this user is refused; null lets everybody in.</summary>
    public string? Owner { get; set; }

    /// <summary>The Basic credentials that the name node asks for, as a gateway does; null asks for none.</summary>
    public string? Password { get; set; }

    /// <summary>Called when a file was read, for changing things under the reader.</summary>
    public Action<string>? Read { get; set; }

    public IReadOnlyList<string> Paths
    {
        get
        {
            lock (_gate)
                return [.. _files.Keys];
        }
    }

    public byte[] this[string path]
    {
        get => _files[path].Bytes;
        set
        {
            lock (_gate)
                _files[path] = (value, _clock++);
        }
    }

    public async Task StartAsync()
    {
        await NameNode.StartAsync();
        await DataNode.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await NameNode.DisposeAsync();
        await DataNode.DisposeAsync();
    }

    private static Task JsonAsync(HttpContext context, object value) => context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value)).AsTask();

    private static Task ErrorAsync(HttpContext context, int status, string exception, string message)
    {
        context.Response.StatusCode = status;
        return JsonAsync(context, new { RemoteException = new { exception, javaClassName = "java.io." + exception, message } });
    }

    internal sealed class Names(FakeHdfs store) : FakeServer
    {
        protected override async Task AnswerAsync(HttpContext context, string path, string query)
        {
            IQueryCollection asked = context.Request.Query;
            string file = Uri.UnescapeDataString(path)["/webhdfs/v1".Length..];
            if (store.Owner is { } owner && asked["user.name"] != owner)
                await ErrorAsync(context, 403, "AccessControlException", $"Permission denied: user={asked["user.name"]}\n\tat org.apache.hadoop");
            else if (store.Password is { } password && context.Request.Headers.Authorization != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(password)))
                context.Response.StatusCode = 401;
            else
                await AnswerAsync(context, file, asked["op"].ToString().ToUpperInvariant(), path, query);
        }

        private async Task AnswerAsync(HttpContext context, string file, string operation, string path, string query)
        {
            List<KeyValuePair<string, (byte[] Bytes, long Time)>> below;
            bool isFile;
            lock (store._gate)
            {
                isFile = store._files.ContainsKey(file);
                below = [.. store._files.Where(f => f.Key.StartsWith(file.TrimEnd('/') + "/", StringComparison.Ordinal))];
            }
            switch ((context.Request.Method, operation))
            {
                case ("GET", "GETFILESTATUS" or "LISTSTATUS" or "OPEN") when !isFile && below.Count == 0:
                    await ErrorAsync(context, 404, "FileNotFoundException", $"File does not exist: {file}");
                    break;
                case ("GET", "GETFILESTATUS"):
                    await JsonAsync(context, new { FileStatus = Status("", isFile ? store._files[file] : null) });
                    break;
                case ("GET", "LISTSTATUS"):
                    await JsonAsync(context, new { FileStatuses = new { FileStatus = isFile ? [Status("", store._files[file])] : Children(file, below) } });
                    break;
                case ("PUT", "CREATE") or ("GET", "OPEN"):
                    if (context.Request.ContentLength > 0)
                        throw new InvalidOperationException("bytes were sent to the name node");
                    context.Response.StatusCode = 307;
                    context.Response.Headers.Location = $"{store.DataNode.Address}{path}?{query}&namenoderpcaddress=nn:8020";
                    break;
                case ("PUT", "MKDIRS"):
                    await JsonAsync(context, new { boolean = true });
                    break;
                case ("PUT", "RENAME"):
                    await RenameAsync(context, file, context.Request.Query["destination"]!, context.Request.Query["renameoptions"] == "OVERWRITE");
                    break;
                case ("DELETE", "DELETE"):
                    lock (store._gate)
                        isFile = store._files.Remove(file);
                    await JsonAsync(context, new { boolean = isFile });
                    break;
                default:
                    await ErrorAsync(context, 400, "UnsupportedOperationException", $"{context.Request.Method} {operation}");
                    break;
            }
        }

        private async Task RenameAsync(HttpContext context, string from, string to, bool overwrite)
        {
            bool done;
            lock (store._gate)
            {
                done = store._files.TryGetValue(from, out (byte[] Bytes, long Time) file) && (overwrite || !store._files.ContainsKey(to));
                if (done)
                {
                    store._files.Remove(from);
                    store._files[to] = file;
                }
            }
            // With options the answer is empty, and what cannot be done is an error.
            if (!overwrite)
                await JsonAsync(context, new { boolean = done });
            else if (!done)
                await ErrorAsync(context, 404, "FileNotFoundException", $"rename source {from} is not found.");
        }

        private static object[] Children(string folder, List<KeyValuePair<string, (byte[] Bytes, long Time)>> below) =>
            [.. below.GroupBy(f => f.Key[(folder.TrimEnd('/').Length + 1)..].Split('/')[0]).Select(g => Status(g.Key, g.First().Key.Length == folder.TrimEnd('/').Length + 1 + g.Key.Length ? g.First().Value : null))];

        private static object Status(string name, (byte[] Bytes, long Time)? file) => new
        {
            pathSuffix = name,
            type = file is null ? "DIRECTORY" : "FILE",
            length = file?.Bytes.Length ?? 0,
            modificationTime = file?.Time ?? 0,
            accessTime = 0,
            blockSize = 134217728,
            group = "g",
            owner = "o",
            permission = "644",
            replication = 1,
        };
    }

    internal sealed class Data(FakeHdfs store) : FakeServer
    {
        protected override async Task AnswerAsync(HttpContext context, string path, string query)
        {
            if (context.Request.Headers.Authorization.Count > 0)
                throw new InvalidOperationException("a password was sent to a data node");
            string file = Uri.UnescapeDataString(path)["/webhdfs/v1".Length..];
            if (context.Request.Method == "GET")
            {
                await context.Response.Body.WriteAsync(store[file]);
                store.Read?.Invoke(file);
                return;
            }
            using MemoryStream bytes = new();
            await context.Request.Body.CopyToAsync(bytes);
            store[file] = bytes.ToArray();
            context.Response.StatusCode = 201;
        }
    }
}
