using System.Text;
using System.Text.Json;
using MLPlatform.Core.Bees;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Storage.Bees;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>What a server keeps of its deployments' impressions and feedback.</summary>
internal static class ServingLogs
{
    /// <summary>A source's records so far, oldest first.</summary>
    public static List<JsonElement> Read(TestPlatform platform, string source)
    {
        List<JsonElement> all = [];
        foreach (LandingLog log in platform.Get<LandingLogs>().Open.Where(l => l.Source == source))
        {
            foreach (Batch batch in log.ReadBack(_ => true).Reverse().SelectMany(b => b))
            {
                foreach (BatchRecord record in batch.Records)
                    all.Add(JsonElement.Parse(Encoding.UTF8.GetString(record.Bytes)));
            }
        }
        return all;
    }

    /// <summary>All impressions of a deployment, once there are so many.</summary>
    public static Task<List<JsonElement>> ImpressionsAsync(TestPlatform platform, string deployment, int count) =>
        Eventually.SeeAsync($"{count} impressions of {deployment}", () => Read(platform, "impressions." + deployment), all => all.Count >= count);
}
