using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Access;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Idempotency;

/// <summary>
/// A write with an <c>Idempotency-Key</c> takes effect once however often it is sent. The key is reserved, with the hash
/// of the request and the id of the run it may start, before anything happens; the answer is kept after. A repetition gets
/// the kept answer; one that comes before there is an answer does the same work under the same run id, which is harmless.
/// </summary>
internal sealed class IdempotencyMiddleware(RequestDelegate next)
{
    private const string Header = "Idempotency-Key";
    private const int LongestKey = 200;

    public async Task InvokeAsync(HttpContext context, IAccessStore store, TimeProvider time)
    {
        string key = context.Request.Headers[Header].ToString();
        if (key.Length == 0 || HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        {
            await next(context);
            return;
        }
        if (key.Length > LongestKey)
        {
            await Problem.BadRequest($"The {Header} is longer than {LongestKey} characters.").ExecuteAsync(context);
            return;
        }

        CancellationToken cancel = context.RequestAborted;
        string place = $"{context.User.Name}\n{context.Request.Method} {context.Request.Path}\n{key}";
        string hash = await HashAsync(context.Request, cancel);
        Reservation reservation = await ReserveAsync(store, place, hash, time.GetUtcNow(), cancel);
        if (reservation.Hash != hash)
        {
            await Problem.Of(422, "API-010", $"The {Header} '{key}' was used before with another request.",
                "Use a new key for a new request; repeat a request with the body it had.").ExecuteAsync(context);
            return;
        }
        if (await store.FindIdempotentAsync(AnswerOf(place), cancel) is { } kept)
        {
            await ReplayAsync(context, JsonSerializer.Deserialize<Answer>(kept)!);
            return;
        }
        context.Features.Set(new RunIdFeature(new RunId(reservation.Run)));
        await ExecuteAsync(context, store, place, time);
    }

    private async Task ExecuteAsync(HttpContext context, IAccessStore store, string place, TimeProvider time)
    {
        Stream real = context.Response.Body;
        using MemoryStream buffer = new();
        context.Response.Body = buffer;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = real;
        }

        // A server error is no answer to keep: the repetition should try again.
        if (context.Response.StatusCode < 500)
        {
            Answer answer = new(context.Response.StatusCode, context.Response.ContentType, context.Response.Headers.Location,
                Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
            await store.PutIdempotentAsync(AnswerOf(place), JsonSerializer.Serialize(answer), time.GetUtcNow(), context.RequestAborted);
        }
        await real.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
    }

    private static async Task<Reservation> ReserveAsync(
        IAccessStore store, string place, string hash, DateTimeOffset at, CancellationToken cancel)
    {
        Reservation mine = new(hash, Guid.CreateVersion7(at));
        if (await store.PutIdempotentAsync(place, JsonSerializer.Serialize(mine), at, cancel))
            return mine;
        string theirs = await store.FindIdempotentAsync(place, cancel)
            ?? throw new InvalidOperationException("an idempotency key was refused as known and then not found");
        return JsonSerializer.Deserialize<Reservation>(theirs)!;
    }

    private static async Task<string> HashAsync(HttpRequest request, CancellationToken cancel)
    {
        request.EnableBuffering();
        byte[] body = await SHA256.HashDataAsync(request.Body, cancel);
        request.Body.Position = 0;
        return Convert.ToHexStringLower(body) + request.QueryString.Value;
    }

    private static async Task ReplayAsync(HttpContext context, Answer answer)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        if (answer.Location is not null)
            context.Response.Headers.Location = answer.Location;
        context.Response.Headers["Idempotency-Replayed"] = "true";
        await context.Response.WriteAsync(answer.Body, context.RequestAborted);
    }

    private static string AnswerOf(string place) => place + "\nanswer";

    private sealed record Reservation(string Hash, Guid Run);

    private sealed record Answer(int Status, string? ContentType, string? Location, string Body);
}

/// <summary>The id that a run started by this request gets, so that a repetition starts the same one.</summary>
internal sealed record RunIdFeature(RunId Run)
{
    /// <summary>The id of one of several runs that the request starts; they sort by their place.</summary>
    /// <param name="place">From 0 to 4095.</param>
    public RunId Of(int place)
    {
        byte[] bytes = Run.Value.ToByteArray(bigEndian: true);
        byte[] hash = SHA256.HashData([.. bytes, (byte)(place >> 8), (byte)place]);
        // The first six bytes are the time, then come the version and twelve bits that are anybody's; the rest is chance elsewhere.
        hash.AsSpan(0, 8).CopyTo(bytes.AsSpan(8));
        bytes[6] = (byte)(0x70 | (place >> 8));
        bytes[7] = (byte)place;
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new RunId(new Guid(bytes, bigEndian: true));
    }
}
