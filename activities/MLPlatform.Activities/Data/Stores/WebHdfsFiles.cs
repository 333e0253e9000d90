using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>
/// Files of HDFS by its REST API: through the name node, which sends readers and writers on to data nodes, or through
/// HttpFS. A file is written beside its target and renamed over it.
/// </summary>
internal sealed class WebHdfsFiles : IFileStore
{
    private const int MostDepth = 16;

    private readonly WebHdfsLocation _location;
    private readonly HttpClient _client;
    private readonly Uri _endpoint;
    private readonly string _identity;
    private readonly string _path;
    private bool _isFile;

    public WebHdfsFiles(WebHdfsLocation location)
    {
        _location = location;
        if (!Uri.TryCreate(location.Endpoint, UriKind.Absolute, out Uri? endpoint) || endpoint.Scheme is not ("http" or "https") || endpoint.UserInfo.Length > 0)
            throw StoreErrors.Location("The WebHDFS endpoint is no http or https address without user and password.");
        if (!location.Path.StartsWith('/') || location.Path.Trim('/').Length == 0)
            throw StoreErrors.Location($"The WebHDFS path '{location.Path}' is no absolute path below the root.");
        _path = "/" + FileStores.Checked(location.Path.Trim('/'));
        _endpoint = endpoint;
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(30) }) { Timeout = Timeout.InfiniteTimeSpan };
        string? token = Secrets.Find(location.Token, "WebHDFS delegation token"), password = Secrets.Find(location.Password, "WebHDFS password");
        if (password is not null && location.User is null)
            throw StoreErrors.Location("A WebHDFS password needs a user.");
        if (password is not null)
            Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{location.User}:{password}")));
        _identity = token is not null ? $"&delegation={Uri.EscapeDataString(token)}"
            : password is null && location.User is { } user ? $"&user.name={Uri.EscapeDataString(user)}" : "";
    }

    public string Shown => $"{_endpoint.GetLeftPart(UriPartial.Authority)}{_path}";

    private AuthenticationHeaderValue? Authorization { get; }

    public async Task<IReadOnlyList<StoredFile>> ListAsync(CancellationToken cancel)
    {
        JsonElement status = await StatusAsync(_path, cancel).ConfigureAwait(false);
        _isFile = status.GetProperty("type").GetString() == "FILE";
        if (_isFile)
            return [Describe(status, _path[(_path.LastIndexOf('/') + 1)..])];
        List<StoredFile> files = [];
        await ListAsync("", files, 0, cancel).ConfigureAwait(false);
        return [.. files.OrderBy(f => f.Name, StringComparer.Ordinal)];
    }

    public async Task FetchAsync(StoredFile file, string local, CancellationToken cancel)
    {
        string path = _isFile ? _path : $"{_path}/{FileStores.Checked(file.Name)}";
        long written = 0;
        try
        {
            using HttpResponseMessage response = await SendAsync(HttpMethod.Get, path, "OPEN", null, cancel).ConfigureAwait(false);
            await using Stream content = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            await using FileStream target = new(local, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
            await content.CopyToAsync(target, 1 << 20, cancel).ConfigureAwait(false);
            written = target.Length;
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException && problem.HResult != 28)
        {
            throw StoreErrors.Unreachable($"'{Shown}'", $"the connection broke: {problem.Message}", problem);
        }
        if (written != file.Bytes)
            throw StoreErrors.Damaged($"The file '{path}'", $"{written} bytes came instead of {file.Bytes}.");
        if (Describe(await StatusAsync(path, cancel).ConfigureAwait(false), file.Name) != file)
            throw StoreErrors.Damaged($"The file '{path}'", "it was changed while it was read.");
    }

    public async Task PutAsync(string name, string local, CancellationToken cancel)
    {
        string target = PathOf(name);
        if (name.Length == 0 && _location.Path.EndsWith('/'))
            throw StoreErrors.Location($"'{Shown}/' is a folder, and one file is to be written. Add the file's name.");
        int cut = target.LastIndexOf('/');
        string folder = cut == 0 ? "/" : target[..cut];
        // Always the same name, so that what a killed attempt left behind is written over.
        string temporary = $"{folder.TrimEnd('/')}/.{target[(cut + 1)..]}.mlp-export";
        (await SendAsync(HttpMethod.Put, folder, "MKDIRS", null, cancel).ConfigureAwait(false)).Dispose();
        (await SendAsync(HttpMethod.Put, temporary, "CREATE&overwrite=true", local, cancel).ConfigureAwait(false)).Dispose();
        long bytes = new FileInfo(local).Length, there = (await StatusAsync(temporary, cancel).ConfigureAwait(false)).GetProperty("length").GetInt64();
        if (there != bytes)
            throw StoreErrors.Damaged($"The file '{target}'", $"{there} bytes arrived instead of {bytes}.");
        using HttpResponseMessage renamed = await SendAsync(HttpMethod.Put, temporary, $"RENAME&destination={Uri.EscapeDataString(target)}&renameoptions=OVERWRITE", null, cancel).ConfigureAwait(false);
        string answer = Encoding.UTF8.GetString(await BodyAsync(renamed, target, cancel).ConfigureAwait(false));
        if (answer.Contains("\"boolean\"", StringComparison.Ordinal) && !JsonElement.Parse(answer).GetProperty("boolean").GetBoolean())
            throw StoreErrors.Location($"The store did not rename '{temporary}' to '{target}'. Is there a folder of that name?");
    }

    public async Task<byte[]?> ReadAsync(string name, CancellationToken cancel)
    {
        try
        {
            using HttpResponseMessage response = await SendAsync(HttpMethod.Get, PathOf(name), "OPEN", null, cancel).ConfigureAwait(false);
            return await BodyAsync(response, PathOf(name), cancel).ConfigureAwait(false);
        }
        catch (Core.Activities.ActivityException problem) when (problem.Code == "DATA-122")
        {
            return null;
        }
    }

    public async Task DeleteAsync(string name, CancellationToken cancel) =>
        (await SendAsync(HttpMethod.Delete, PathOf(name), "DELETE&recursive=false", null, cancel).ConfigureAwait(false)).Dispose();

    public void Dispose() => _client.Dispose();

    private string PathOf(string name) => name.Length == 0 ? _path : $"{_path}/{FileStores.Checked(name)}";

    private async Task ListAsync(string folder, List<StoredFile> files, int depth, CancellationToken cancel)
    {
        using JsonDocument listing = await JsonAsync($"{_path}/{folder}".TrimEnd('/'), "LISTSTATUS", cancel).ConfigureAwait(false);
        foreach (JsonElement status in listing.RootElement.GetProperty("FileStatuses").GetProperty("FileStatus").EnumerateArray())
        {
            string name = folder + FileStores.Checked(status.GetProperty("pathSuffix").GetString()!);
            if (status.GetProperty("type").GetString() == "FILE")
                files.Add(Describe(status, name));
            else if (depth < MostDepth)
                await ListAsync(name + "/", files, depth + 1, cancel).ConfigureAwait(false);
        }
    }

    private async Task<JsonElement> StatusAsync(string path, CancellationToken cancel)
    {
        using JsonDocument status = await JsonAsync(path, "GETFILESTATUS", cancel).ConfigureAwait(false);
        return status.RootElement.GetProperty("FileStatus").Clone();
    }

    private async Task<JsonDocument> JsonAsync(string path, string operation, CancellationToken cancel)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, path, operation, null, cancel).ConfigureAwait(false);
        byte[] body = await BodyAsync(response, path, cancel).ConfigureAwait(false);
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException problem)
        {
            throw StoreErrors.Unreachable($"The server of '{Shown}'", "it did not answer JSON; is this the address of WebHDFS?", problem);
        }
    }

    private async Task<byte[]> BodyAsync(HttpResponseMessage response, string path, CancellationToken cancel)
    {
        try
        {
            return await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException)
        {
            throw StoreErrors.Unreachable($"The server of '{_endpoint.GetLeftPart(UriPartial.Authority)}{path}'", $"the connection broke: {problem.Message}", problem);
        }
    }

    /// <summary>One operation: the name node answers it, or names the data node that does. Bytes go to the data node alone.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string operation, string? body, CancellationToken cancel)
    {
        string encoded = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        Uri address = new($"{_endpoint.AbsoluteUri.TrimEnd('/')}/webhdfs/v1{encoded}?op={operation}{_identity}");
        string what = $"{_endpoint.GetLeftPart(UriPartial.Authority)}{path}";
        try
        {
            HttpResponseMessage response = await OnceAsync(method, address, null, cancel).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.Redirect && response.Headers.Location is { } next)
            {
                response.Dispose();
                response = await OnceAsync(method, new Uri(address, next), body, cancel).ConfigureAwait(false);
            }
            else if (body is not null && response.IsSuccessStatusCode)
            {
                response.Dispose();
                throw StoreErrors.Location($"The server of '{what}' took a file without saying where its bytes go, which neither WebHDFS nor HttpFS does.");
            }
            return response.IsSuccessStatusCode ? response : throw await ProblemAsync(response, path, what, cancel).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException && problem.HResult != 28)
        {
            throw StoreErrors.Unreachable($"The server of '{what}'", problem.Message, problem);
        }
    }

    private async Task<HttpResponseMessage> OnceAsync(HttpMethod method, Uri address, string? body, CancellationToken cancel)
    {
        using HttpRequestMessage request = new(method, address);
        // A password is for the gateway alone; data nodes get what the name node put into their address.
        if (address.Authority == _endpoint.Authority)
            request.Headers.Authorization = Authorization;
        if (body is not null)
        {
            request.Content = new StreamContent(new FileStream(body, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan), 1 << 16);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        }
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
    }

    private async Task<Exception> ProblemAsync(HttpResponseMessage response, string path, string what, CancellationToken cancel)
    {
        using (response)
        {
            string why = Reason(Encoding.UTF8.GetString(await BodyAsync(response, path, cancel).ConfigureAwait(false))) ?? $"it answered {(int)response.StatusCode}";
            return response.StatusCode switch
            {
                HttpStatusCode.NotFound => StoreErrors.NotThere($"file '{what}'"),
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => StoreErrors.Refused($"The server of '{what}'", why + "."),
                >= HttpStatusCode.InternalServerError => StoreErrors.Unreachable($"The server of '{what}'", why + "."),
                _ => StoreErrors.Location($"The server of '{what}' does not take the request: {why}."),
            };
        }
    }

    // {"RemoteException":{"exception":"…","message":"…"}}; only the first line of the message, which may hold a stack.
    private static string? Reason(string body)
    {
        try
        {
            using JsonDocument parsed = JsonDocument.Parse(body);
            JsonElement remote = parsed.RootElement.GetProperty("RemoteException");
            return string.Create(CultureInfo.InvariantCulture, $"{remote.GetProperty("exception").GetString()}: {remote.GetProperty("message").GetString()?.Split('\n')[0]}");
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static StoredFile Describe(JsonElement status, string name)
    {
        long bytes = status.GetProperty("length").GetInt64();
        return new StoredFile(name, bytes, string.Create(CultureInfo.InvariantCulture, $"{bytes}:{status.GetProperty("modificationTime").GetInt64()}"));
    }
}
