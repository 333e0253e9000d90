using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Xunit;

namespace MLPlatform.IntegrationTests.Pipelines;

/// <summary>A git host on this machine: the real <c>git http-backend</c> behind a web server that asks for a token.</summary>
internal sealed class GitHttpHost : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly string _root;

    /// <param name="root">The folder whose repositories are given out.</param>
    public GitHttpHost(string root)
    {
        _root = root;
        _web = WebApplication.CreateSlimBuilder().Build();
        _web.Urls.Add("http://127.0.0.1:0");
        _web.Run(AnswerAsync);
        _web.StartAsync(TestContext.Current.CancellationToken).GetAwaiter().GetResult();
    }

    public string Address => _web.Urls.First();

    /// <summary>The token that is asked for, as a password.</summary>
    public string Token { get; set; } = "";

    /// <summary>Ends the connection in the midst of the answer to requests whose path ends so; null for none.</summary>
    public string? HangsUpAt { get; set; }

    /// <summary>Does what requests ask whose path ends so, and ends the connection in place of the answer; null for none.</summary>
    public string? LosesAnswerOf { get; set; }

    /// <summary>What was asked, as method and path.</summary>
    public List<string> Asked { get; } = [];

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path;
        lock (Asked)
            Asked.Add($"{context.Request.Method} {path}{context.Request.QueryString}");
        string given = context.Request.Headers.Authorization.ToString();
        if (given != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("mlp:" + Token)))
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"git\"";
            return;
        }
        if (HangsUpAt is { } end && path.EndsWith(end, StringComparison.Ordinal))
        {
            context.Response.ContentType = "application/x-git-upload-pack-result";
            context.Response.ContentLength = 100_000;
            await context.Response.Body.WriteAsync("0008NAK\n"u8.ToArray(), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
            return;
        }
        if (LosesAnswerOf is { } lost && path.EndsWith(lost, StringComparison.Ordinal))
        {
            context.Response.Body = Stream.Null;
            await CallAsync(context, path);
            context.Abort();
            return;
        }
        await CallAsync(context, path);
    }

    // CGI (RFC 3875): variables and the body in, headers and the body out.
    private async Task CallAsync(HttpContext context, string path)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { } limit)
            limit.MaxRequestBodySize = null;
        ProcessStartInfo start = new("git", "http-backend") { RedirectStandardInput = true, RedirectStandardOutput = true };
        (string, string?)[] variables =
        [
            ("GIT_PROJECT_ROOT", _root), ("GIT_HTTP_EXPORT_ALL", "1"), ("PATH_INFO", path), ("REQUEST_METHOD", context.Request.Method), ("QUERY_STRING", context.Request.QueryString.Value?.TrimStart('?')),
            ("CONTENT_TYPE", context.Request.ContentType), ("CONTENT_LENGTH", context.Request.ContentLength?.ToString(CultureInfo.InvariantCulture)), ("REMOTE_USER", "mlp"), ("REMOTE_ADDR", "127.0.0.1"),
            ("HTTP_CONTENT_ENCODING", context.Request.Headers.ContentEncoding), ("GIT_PROTOCOL", context.Request.Headers["Git-Protocol"]),
        ];
        foreach ((string name, string? value) in variables.Where(v => !string.IsNullOrEmpty(v.Item2)))
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        await context.Request.Body.CopyToAsync(process.StandardInput.BaseStream, context.RequestAborted);
        process.StandardInput.Close();
        using MemoryStream answer = new();
        await process.StandardOutput.BaseStream.CopyToAsync(answer, context.RequestAborted);
        byte[] bytes = answer.ToArray();
        int head = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (string line in Encoding.ASCII.GetString(bytes, 0, head).Split("\r\n"))
        {
            string[] parts = line.Split(": ", 2);
            if (parts[0] == "Status")
                context.Response.StatusCode = int.Parse(parts[1].AsSpan(0, 3), CultureInfo.InvariantCulture);
            else
                context.Response.Headers[parts[0]] = parts[1];
        }
        await context.Response.Body.WriteAsync(bytes.AsMemory(head + 4), context.RequestAborted);
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();
}
