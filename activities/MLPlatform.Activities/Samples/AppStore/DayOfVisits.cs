namespace MLPlatform.Activities.Samples.AppStore;

/// <summary>One day: requests go to the deployment a few at a time, clicks go back in batches, in the order of time.</summary>
internal sealed class DayOfVisits(LivingStore store, StoreFront front, VisitAppStore.Inputs inputs)
{
    private const int AtOnce = 4;
    private const int Batch = 200;

    private readonly List<(double Score, bool Positive)> _outcomes = [];
    private readonly SortedSet<int> _versions = [];
    private long _impressions;
    private long _clicks;
    private double _best;

    public async Task<VisitAppStore.Outputs> LiveAsync(Action<double> progress, CancellationToken cancel)
    {
        int done = 0;
        foreach (StoreRequest[] batch in store.Day(inputs.Day, inputs.Requests, inputs.Candidates).Chunk(Batch))
        {
            Recommendation[] answers = new Recommendation[batch.Length];
            await Parallel.ForAsync(0, batch.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel },
                async (i, stop) => answers[i] = await front.RecommendAsync(batch[i], stop).ConfigureAwait(false)).ConfigureAwait(false);
            List<StoreClick> clicks = [];
            for (int i = 0; i < batch.Length; i++)
                React(batch[i], answers[i], clicks);
            await front.TellAsync(clicks, cancel).ConfigureAwait(false);
            progress((done += batch.Length) / (double)inputs.Requests);
        }
        return new VisitAppStore.Outputs(_impressions, _clicks, _clicks / (double)_impressions, _best / _impressions, Auc.Of(_outcomes), [.. _versions]);
    }

    private void React(StoreRequest request, Recommendation answer, List<StoreClick> clicks)
    {
        _versions.Add(answer.Version);
        for (int c = 0; c < request.Candidates.Length; c++)
            _outcomes.Add((answer.Scores[c], store.Clicks(request, c, position: 1)));
        for (int place = 0; place < answer.Shown.Count; place++)
        {
            int shown = answer.Shown[place];
            _impressions++;
            if (!store.Clicks(request, shown, place + 1))
                continue;
            _clicks++;
            clicks.Add(new StoreClick(request.Id, request.Candidates[shown].Id, request.Time.AddSeconds(5 + place)));
        }
        double[] best = [.. Enumerable.Range(0, request.Candidates.Length).OrderByDescending(c => store.Probability(request, c, 1)).Take(answer.Shown.Count)
            .Select((c, place) => store.Probability(request, c, place + 1))];
        _best += best.Sum();
    }
}
