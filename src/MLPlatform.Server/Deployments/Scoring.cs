using MLPlatform.Core.Deployments;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>What a request is answered with.</summary>
/// <param name="Version">Who answered.</param>
internal sealed record Scored(string RequestId, int Version, ServingRole Role, float[] Scores);

/// <summary>Scores the rows of a request with the version that its key falls on.</summary>
internal static class Scoring
{
    /// <param name="read">Makes the batch that a model reads.</param>
    /// <param name="only">Score with this version instead of the one that the key falls on.</param>
    /// <exception cref="VlpsException">The rows do not fit the model.</exception>
    public static Scored Score(ServedDeployment served, string requestId, string? key, int? only, Func<ModelFolder, ColumnBatch> read)
    {
        DeploymentSpec spec = served.Deployment.Spec;
        ServingRoute route = only is { } version
            ? new ServingRoute(version, spec.RoleOf(version)!.Value, [])
            : Router.Decide(served.Deployment.Name, spec, key ?? requestId);
        float[] scores = Score(served.Find(route.Version)!, read);
        return new Scored(requestId, route.Version, route.Role, scores);
    }

    private static float[] Score(ModelFolder model, Func<ModelFolder, ColumnBatch> read)
    {
        ColumnBatch batch = read(model);
        float[] scores = new float[batch.Rows];
        model.Score(batch, scores);
        return scores;
    }
}
