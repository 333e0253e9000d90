using Microsoft.Net.Http.Headers;
using MLPlatform.Core.Experiments;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary><c>/mlflow-artifacts/…</c> and <c>/mlflow/artifacts/…</c>: files go through the server into the artifact store.</summary>
internal static class FileCalls
{
    private const string Files = "/mlflow-artifacts/artifacts", Parts = "/mlflow-artifacts/mpu";

    public static MlflowRoute[] Routes { get; } =
    [
        new("PUT", Files + "/{**path}", Writes: true, PutAsync, IsFile: true),
        new("POST", Files + "/{**path}", Writes: true, PutAsync, IsFile: true), // As very old clients do.
        new("GET", Files + "/{**path}", Writes: false, GetAsync),
        new("GET", Files, Writes: false, ListAsync),
        new("DELETE", Files + "/{**path}", Writes: true, DeleteAsync),
        new("POST", Parts + "/create/{**path}", Writes: true, InParts),
        new("POST", Parts + "/complete/{**path}", Writes: true, InParts),
        new("POST", Parts + "/abort/{**path}", Writes: true, InParts),
        MlflowRoute.Get("/artifacts/list", ListOfRunAsync),
        MlflowRoute.Post("/artifacts/presigned-upload-url", _ => MlflowRoute.NotOffered("Files go through the server; there are no signed addresses.")),
        MlflowRoute.Ask("/artifacts/presigned-download-url", _ => MlflowRoute.NotOffered("Files go through the server; there are no signed addresses.")),
    ];

    private static async Task<IResult> PutAsync(MlflowCall call)
    {
        string path = PathOf(call);
        if (TrackedPath.RunOf(path) is { } run)
            await call.Get<RunScope>().MayChangeAsync(call.User, run, call.Cancel);
        else if (path.Split('/') is not [_, "models", ..]) // A logged model's files belong to no run.
            RunScope.MayManage(call.User, $"file '{path}'");
        await call.Get<TrackedFiles>().PutAsync(path, call.Http.Request.Body, call.Cancel);
        return MlflowAnswer.Empty;
    }

    private static async Task<IResult> GetAsync(MlflowCall call)
    {
        string path = PathOf(call);
        TrackedFile file = await call.Get<TrackedFiles>().FindAsync(path, call.Cancel)
            ?? throw new TrackingException(TrackingRefusal.Missing, "TRACK-010", $"There is no file '{path}'.");
        // What programs logged is not trusted: browsers save it and never show it.
        call.Http.Response.Headers.XContentTypeOptions = "nosniff";
        call.Http.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileNameStar = Path.GetFileName(path) }.ToString();
        return TypedResults.PhysicalFile(await call.Get<TrackedFiles>().FetchAsync(file, call.Cancel), "application/octet-stream", enableRangeProcessing: true);
    }

    private static async Task<IResult> ListAsync(MlflowCall call)
    {
        string folder = call.Text("path") is { Length: > 0 } given ? TrackedPath.Check(given) : "";
        IReadOnlyList<TrackedFile> files = await call.Get<TrackedFiles>().ListAsync(folder, call.Cancel);
        return new MlflowAnswer(json => Entries(json, files, folder, ""));
    }

    private static async Task<IResult> DeleteAsync(MlflowCall call)
    {
        string path = PathOf(call);
        if (TrackedPath.RunOf(path) is { } run)
            await call.Get<RunScope>().MayChangeAsync(call.User, run, call.Cancel);
        else
            RunScope.MayManage(call.User, $"file '{path}'");
        if (await call.Get<ITrackedRunStore>().RemoveFilesAsync(path, call.Cancel) == 0)
            throw new TrackingException(TrackingRefusal.Missing, "TRACK-010", $"There is no file '{path}'.");
        return MlflowAnswer.Empty;
    }

    private static async Task<IResult> ListOfRunAsync(MlflowCall call)
    {
        TrackedRun run = await call.Get<ITrackedRunStore>().FindAsync(call.Run, call.Cancel) ?? throw TrackingException.NoRun(call.Run);
        string below = call.Text("path") is { Length: > 0 } given ? TrackedPath.Check(given) : "";
        if (TrackedPath.Of(run.ArtifactUri) is not { } root)
            throw MlflowCall.Wrong($"The files of the run '{run.Id}' are at {run.ArtifactUri}, which only its client can list.");
        string folder = below.Length == 0 ? root : $"{root}/{below}";
        IReadOnlyList<TrackedFile> files = await call.Get<TrackedFiles>().ListAsync(folder, call.Cancel);
        return new MlflowAnswer(json =>
        {
            json.WriteString("root_uri", run.ArtifactUri);
            Entries(json, files, folder, below.Length == 0 ? "" : below + "/");
        });
    }

    /// <summary>The files and folders right below a folder.</summary>
    private static void Entries(System.Text.Json.Utf8JsonWriter json, IReadOnlyList<TrackedFile> files, string folder, string prefix)
    {
        int skip = folder.Length == 0 ? 0 : folder.Length + 1;
        json.WriteStartArray("files");
        foreach (IGrouping<string, (string Name, bool IsFolder, long Bytes)> entry in files.Select(f => f.Path[skip..].Split('/', 2) is [string name, _]
            ? (Name: name, IsFolder: true, f.Bytes) : (Name: f.Path[skip..], IsFolder: false, f.Bytes)).GroupBy(e => e.Name, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("path", prefix + entry.Key);
            json.WriteBoolean("is_dir", entry.First().IsFolder);
            if (!entry.First().IsFolder)
                json.WriteNumber("file_size", entry.First().Bytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static Task<IResult> InParts(MlflowCall call) => MlflowRoute.NotOffered("Files are not taken in parts; send the file with one PUT, it may be of any size.");

    private static string PathOf(MlflowCall call) => TrackedPath.Check(call.Http.GetRouteValue("path") as string ?? "");
}
