using System.Globalization;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Search;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary><c>/mlflow/experiments/…</c></summary>
internal static class ExperimentCalls
{
    public static MlflowRoute[] Routes { get; } =
    [
        MlflowRoute.Post("/experiments/create", CreateAsync),
        MlflowRoute.Get("/experiments/get", async call => Answer(await FindAsync(call))),
        MlflowRoute.Get("/experiments/get-by-name", GetByNameAsync),
        MlflowRoute.Get("/experiments/search", SearchAsync),
        MlflowRoute.Ask("/experiments/search", SearchAsync),
        MlflowRoute.Get("/experiments/list", SearchAsync),
        MlflowRoute.Post("/experiments/update", RenameAsync),
        MlflowRoute.Post("/experiments/delete", call => SetStageAsync(call, Lifecycle.Deleted)),
        MlflowRoute.Post("/experiments/restore", call => SetStageAsync(call, Lifecycle.Active)),
        MlflowRoute.Post("/experiments/set-experiment-tag", SetTagAsync),
        MlflowRoute.Post("/experiments/delete-experiment-tag", DeleteTagAsync),
    ];

    /// <summary>The experiment's number: clients hold it as text.</summary>
    public static long IdOf(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
        ? id
        : throw TrackingException.NoExperiment($"'{(text.Length <= 60 ? text : text[..60])}'; ids are whole numbers");

    private static async Task<IResult> CreateAsync(MlflowCall call)
    {
        string name = call.Required("name");
        if (name.Length > 500)
            throw MlflowCall.Wrong("The name of an experiment has at most 500 characters.");
        Dictionary<string, string> tags = new(StringComparer.Ordinal);
        foreach ((string key, string value) in call.Pairs("tags", MlflowName.Tag))
            tags[key] = value;
        string? location = call.Text("artifact_location") is { Length: > 0 } given ? given : null;
        if (location is not null)
            _ = TrackedPath.Of(location); // Refuses paths that lead elsewhere.
        Experiment made = await call.Get<IExperimentStore>().CreateAsync(name, location, tags, call.Cancel);
        return new MlflowAnswer(json => json.WriteString("experiment_id", MlflowJson.Id(made.Id)));
    }

    private static async Task<IResult> GetByNameAsync(MlflowCall call)
    {
        string name = call.Required("experiment_name");
        return Answer(await call.Get<IExperimentStore>().FindByNameAsync(name, call.Cancel) ?? throw TrackingException.NoExperiment($"named '{name}'"));
    }

    private static async Task<IResult> SearchAsync(MlflowCall call)
    {
        IReadOnlyList<Experiment> all = await call.Get<IExperimentStore>().ListAsync(call.Cancel);
        List<Experiment> found = ExperimentSearch.Select(all, call.View("view_type"), call.Text("filter"), call.Texts("order_by"));
        SearchPage<Experiment> page = PageToken.PageOf(found, call.Text("page_token"), call.Limit(1000, 50_000));
        return new MlflowAnswer(json =>
        {
            json.WriteStartArray("experiments");
            foreach (Experiment experiment in page.Items)
                json.Experiment(experiment);
            json.WriteEndArray();
            json.NextPage(page.Next);
        });
    }

    private static async Task<IResult> RenameAsync(MlflowCall call)
    {
        Experiment experiment = await FindAsync(call);
        RunScope.MayManage(call.User, $"experiment '{experiment.Name}'");
        if (call.Text("new_name") is { Length: > 0 } name && name != experiment.Name)
            await call.Get<IExperimentStore>().RenameAsync(experiment.Id, name, call.Cancel);
        return MlflowAnswer.Empty;
    }

    private static async Task<IResult> SetStageAsync(MlflowCall call, Lifecycle stage)
    {
        Experiment experiment = await FindAsync(call);
        RunScope.MayManage(call.User, $"experiment '{experiment.Name}'");
        if (experiment.Id == 0 && stage == Lifecycle.Deleted)
            throw MlflowCall.Wrong("The experiment 0 takes the runs of clients that name none; it cannot be deleted.");
        await call.Get<IExperimentStore>().SetStageAsync(experiment.Id, stage, call.Cancel);
        return MlflowAnswer.Empty;
    }

    private static async Task<IResult> SetTagAsync(MlflowCall call)
    {
        Experiment experiment = await FindAsync(call);
        await call.Get<IExperimentStore>().SetTagAsync(
            experiment.Id, MlflowName.Tag.Check(call.Required("key")), MlflowName.Tag.CheckValue(call.Text("value") ?? ""), call.Cancel);
        return MlflowAnswer.Empty;
    }

    private static async Task<IResult> DeleteTagAsync(MlflowCall call)
    {
        Experiment experiment = await FindAsync(call);
        RunScope.MayManage(call.User, $"experiment '{experiment.Name}'");
        await call.Get<IExperimentStore>().SetTagAsync(experiment.Id, call.Required("key"), null, call.Cancel);
        return MlflowAnswer.Empty;
    }

    private static async Task<Experiment> FindAsync(MlflowCall call)
    {
        string id = call.Required("experiment_id");
        return await call.Get<IExperimentStore>().FindAsync(IdOf(id), call.Cancel) ?? throw TrackingException.NoExperiment(id);
    }

    private static MlflowAnswer Answer(Experiment experiment) => new(json =>
    {
        json.WritePropertyName("experiment");
        json.Experiment(experiment);
    });
}
