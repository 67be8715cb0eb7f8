/* The cost model: memory, bytes and seconds, up to sizes that 64 bits cannot hold. */
#include "plan/plan.h"
#include "support/harness.h"

#include <exaket/predict.h>

#include <math.h>

/* H on every qubit: one reshuffle on several ranks. */
static ek_plan *plan_of(int qubits, int ranks, int threads)
{
    const ek_plan_options options = {.ranks = ranks, .threads = threads, .tile_qubits = 14};
    ek_circuit *circuit = NULL;
    ek_plan *plan = NULL;
    CHECK_OK(ek_circuit_create(qubits, &circuit));
    for (int q = 0; q < qubits; q++)
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_H, &q, NULL, NULL));
    CHECK_OK(ek_plan_create(circuit, &options, &plan));
    ek_circuit_destroy(&circuit);
    return plan;
}

static ek_prediction predict(int qubits, int ranks, const ek_predict_options *options)
{
    ek_prediction prediction = {0};
    ek_plan *plan = plan_of(qubits, ranks, 1);
    CHECK_OK(ek_plan_predict(plan, options, &prediction));
    ek_plan_destroy(&plan);
    return prediction;
}

static void test_memory_decides_on_ranks(void)
{
    const ek_predict_options node = {.memory_per_node_bytes = 65e9};
    ek_prediction p = predict(36, 4, &node);
    CHECK(p.state_bytes_per_rank == 0x1p38 && !p.fits && p.min_ranks == 32);
    p = predict(36, 32, &node);
    CHECK(p.state_bytes_per_rank == 0x1p35 && p.fits && p.nodes == 32);
    CHECK(p.checkpoint_bytes == 0x1p40);
    const ek_predict_options four = {.memory_per_node_bytes = 65e9, .ranks_per_node = 4};
    p = predict(36, 64, &four);
    CHECK(!p.fits && p.min_ranks == 128 && p.nodes == 16 && p.ranks_per_node == 4);
    const ek_predict_options none = {.memory_per_node_bytes = 1};
    CHECK(predict(36, 64, &none).min_ranks == 0);
}

static void test_bytes_are_the_plans(void)
{
    ek_plan *plan = plan_of(30, 8, 1);
    ek_plan_summary summary;
    ek_prediction p = {0};
    ek_plan_summarize(plan, &summary);
    CHECK_OK(ek_plan_predict(plan, NULL, &p));
    CHECK(p.reshuffles == 1 && p.bytes_sent_per_rank == (double)summary.bytes_sent_per_rank);
    CHECK(p.bytes_sent_per_rank == 7 * 0x1p28 && p.bytes_sent_total == 7 * 0x1p31);
    CHECK(p.buffer_bytes_per_rank == (double)summary.buffer_bytes_per_rank);
    ek_plan_destroy(&plan);
}

static void test_beyond_64_bits(void)
{
    const ek_prediction one = predict(60, 1, NULL);
    CHECK(one.state_bytes_per_rank == 0x1p64 && one.bytes_sent_total == 0);
    const ek_prediction two = predict(62, 2, NULL);
    CHECK(two.state_bytes_per_rank == 0x1p65 && two.bytes_sent_per_rank == 0x1p64);
    const ek_prediction many = predict(60, 1 << 20, NULL);
    CHECK(many.state_bytes_per_rank == 0x1p44 && many.checkpoint_bytes == 0x1p64);
    CHECK(many.bytes_sent_per_rank == 0x1p44 - 0x1p24);
    ek_plan *plan = plan_of(60, 1, 1);
    ek_plan_summary summary;
    ek_plan_summarize(plan, &summary);
    CHECK(summary.state_bytes_per_rank == UINT64_MAX); /* not 0 */
    ek_plan_destroy(&plan);
}

static void test_seconds(void)
{
    /* No arithmetic, no latency: all is bandwidth. 2^30 bytes per rank. */
    const ek_predict_options options = {
        .machine = {.memory_bandwidth_bytes_per_second = 0x1p34,
                    .network_bandwidth_bytes_per_second = 0x1p30,
                    .network_latency_seconds = 1e-12,
                    .checkpoint_bandwidth_bytes_per_second = 0x1p31,
                    .gflops_per_thread = 1e12}};
    ek_prediction p = predict(28, 4, &options);
    CHECK_NEAR(p.pass_seconds, p.passes * 0x1p31 / 0x1p34, 1e-9);
    /* 3/4 of 2^30 bytes; the first message of 256 KiB is packed, the last one unpacked alone. */
    CHECK_NEAR(p.exchange_seconds, 0.75 + 4 * 0x1p18 / 0x1p34, 1e-9);
    CHECK_NEAR(p.checkpoint_seconds, 2, 1e-9);
    CHECK(p.longest_step_seconds > 0 &&
          p.longest_step_seconds <= p.pass_seconds + p.exchange_seconds);
    CHECK_NEAR(p.lead_seconds, 1.5 * (2 + p.longest_step_seconds) + 10, 1e-9);
    CHECK_NEAR(p.total_seconds, p.pass_seconds + p.exchange_seconds, 1e-12);
    /* Two ranks share a node: half of what leaves a rank stays there, the rest shares the
     * network. */
    ek_predict_options pairs = options;
    pairs.ranks_per_node = 2;
    p = predict(28, 4, &pairs);
    CHECK_NEAR(p.exchange_seconds, 2 * (0.5 + 4 * 0x1p18 / 0x1p34), 1e-9);
    CHECK_NEAR(p.pass_seconds, p.passes * 0x1p32 / 0x1p34, 1e-9);
    pairs.ranks_per_node = 4; /* packing: 4 times 3/4 of 2^30 bytes on each of 4 ranks */
    CHECK_NEAR(predict(28, 4, &pairs).exchange_seconds, 4 * 4 * 0.75 * 0x1p30 / 0x1p34, 1e-9);
}

/* A direct pass takes the longer of memory and arithmetic, a pass over tiles both. */
static void test_arithmetic(void)
{
    ek_predict_options options = {.machine = {.memory_bandwidth_bytes_per_second = 1e30,
                                              .gflops_per_thread = 1}};
    const ek_angle angle = ek_angle_number(0.3);
    const double trip = 1e-9 * (18 + 4) * 0x1p20; /* a turn */
    for (int single = 0; single < 2; single++) {
        const ek_plan_options how = {.precision = single ? EK_SINGLE : EK_DOUBLE};
        ek_circuit *circuit = NULL;
        ek_plan *plan = NULL;
        ek_prediction p;
        CHECK_OK(ek_circuit_create(20, &circuit));
        CHECK_OK(ek_circuit_gate(circuit, EK_GATE_RY, &(int){9}, &angle, NULL));
        CHECK_OK(ek_plan_create(circuit, &how, &plan));
        options.machine.memory_bandwidth_bytes_per_second = 1e30;
        CHECK_OK(ek_plan_predict(plan, &options, &p));
        CHECK_NEAR(p.pass_seconds, trip / (1 + single), 1e-9);
        options.machine.memory_bandwidth_bytes_per_second = 0x1p20;
        CHECK_OK(ek_plan_predict(plan, &options, &p));
        CHECK_NEAR(p.pass_seconds, 32 >> single, 1e-9);
        ek_plan_destroy(&plan);
        ek_circuit_destroy(&circuit);
    }
    options.machine.memory_bandwidth_bytes_per_second = 1e9;
    const ek_prediction all = predict(28, 1, &options);
    CHECK_NEAR(all.pass_seconds, all.memory_seconds + all.arithmetic_seconds, 1e-9);
    CHECK(all.arithmetic_seconds > 28 * 4 * 0x1p28 * 1e-9);
}

/* Where vectors are short, or caches small, the same circuit takes more trips, or more passes. */
static void test_processor(void)
{
    const ek_bench_machine wide = {.vector_bytes = 64,
                                   .l1_cache_bytes = 48 << 10, .l2_cache_bytes = 2 << 20};
    const ek_bench_machine narrow = {.vector_bytes = 32,
                                     .l1_cache_bytes = 32 << 10, .l2_cache_bytes = 256 << 10};
    const ek_predict_options speed = {.machine = {.gflops_per_thread = 1}};
    for (int single = 0; single < 2; single++) {
        ek_plan_options here = {.precision = single ? EK_SINGLE : EK_DOUBLE}, there = here;
        ek_machine_plan_options(&wide, &here);
        ek_machine_plan_options(&narrow, &there);
        CHECK(here.lane_qubits == 3 + single && there.lane_qubits == 2 + single);
        ek_plan *plans[2];
        ek_prediction p[2];
        ek_circuit *circuit = NULL;
        CHECK_OK(ek_circuit_create(26, &circuit));
        for (int q = 0; q < 26; q++)
            CHECK_OK(ek_circuit_gate(circuit, EK_GATE_H, &q, NULL, NULL));
        CHECK_OK(ek_plan_create(circuit, &here, &plans[0]));
        CHECK_OK(ek_plan_create(circuit, &there, &plans[1]));
        for (int i = 0; i < 2; i++) CHECK_OK(ek_plan_predict(plans[i], &speed, &p[i]));
        CHECK(p[1].passes > p[0].passes && p[1].arithmetic_seconds > p[0].arithmetic_seconds);
        for (int i = 0; i < 2; i++) ek_plan_destroy(&plans[i]);
        ek_circuit_destroy(&circuit);
    }
    ek_plan_options kept = {.lane_qubits = 1, .l2_bytes = 5};
    ek_machine_plan_options(&(ek_bench_machine){.l2_cache_bytes = NAN, .vector_bytes = -1}, &kept);
    CHECK(kept.lane_qubits == 1 && kept.l2_bytes == 5);
}

/* Memory counts for nothing. Four ranks exchange two slots: partners 1, 2 and 3. */
static void test_distances(void)
{
    ek_predict_options options = {
        .machine = {.memory_bandwidth_bytes_per_second = 1e30,
                    .network_bandwidth_bytes_per_second = 0x1p28,
                    .network_latency_seconds = 1e-3,
                    .network_distances = 1,
                    .network_distance = {{0x1p30, 1e-12}}}};
    CHECK_NEAR(predict(28, 4, &options).exchange_seconds, 0.25 + 2 * 0.25 * 4 + 1e-3, 1e-9);
    options.machine.network_distances = 2;
    options.machine.network_distance[1].bandwidth_bytes_per_second = 0x1p29;
    options.machine.network_distance[1].latency_seconds = 1e-12;
    CHECK_NEAR(predict(28, 4, &options).exchange_seconds, 0.25 + 2 * 0.25 * 2, 1e-9);
    options.ranks_per_node = 2; /* the first distance is between pairs of ranks now */
    CHECK_NEAR(predict(28, 4, &options).exchange_seconds, 2 * 2 * 0.25, 1e-9);
    /* 4 KiB per rank, in messages of 1 KiB: each waits for its arrival while 31 others fly. */
    options.ranks_per_node = 1;
    options.machine.network_distance[0].latency_seconds = 2;
    options.machine.network_distance[1].latency_seconds = 4;
    CHECK_NEAR(predict(10, 4, &options).exchange_seconds, 2.0 / 32 + 2 * 4.0 / 32 + 4, 1e-4);
}

/* Buffers of all sizes hold the messages of both ways, at least two of each. */
static void test_messages(void)
{
    struct ek_messages messages = ek_messages_of(16 << 20, sizeof(ek_complex), 30);
    CHECK(messages.units * sizeof(ek_complex) == 256 << 10 && messages.flights == 32);
    messages = ek_messages_of(16 << 20, sizeof(ek_complex), 3);
    CHECK(messages.units == 8 && messages.flights == 32);
    for (size_t bytes = 64; bytes < (size_t)1 << 30; bytes += bytes / 3) {
        messages = ek_messages_of(bytes, sizeof(ek_complex), 62);
        const size_t each_way = messages.units * sizeof(ek_complex) * (size_t)messages.flights;
        CHECK(ek_is_power_of_two(messages.units) && messages.flights >= 2);
        CHECK(messages.flights <= EK_FLIGHTS_MAX && 2 * each_way <= bytes && 8 * each_way > bytes);
    }
}

static void test_refusals(void)
{
    ek_plan *plan = plan_of(10, 1, 1);
    ek_prediction p;
    const ek_predict_options three = {.ranks_per_node = 3};
    const ek_predict_options negative = {.machine = {.gflops_per_thread = -1}};
    const ek_predict_options nothing = {.memory_per_node_bytes = NAN};
    const ek_predict_options far = {.machine = {.network_distances = EK_BENCH_DISTANCES_MAX + 1}};
    const ek_predict_options blank = {.machine = {.network_distances = 1}};
    CHECK_STATUS(ek_plan_predict(plan, &three, &p), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_plan_predict(plan, &negative, &p), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_plan_predict(plan, &nothing, &p), EK_ERROR_ARGUMENT);
    const ek_predict_options slow = {.machine = {.memory_bandwidth_bytes_per_second = 1e-291}};
    CHECK_STATUS(ek_plan_predict(plan, &slow, &p), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_plan_predict(plan, &far, &p), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_plan_predict(plan, &blank, &p), EK_ERROR_ARGUMENT);
    ek_plan_destroy(&plan);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"memory decides on ranks", test_memory_decides_on_ranks},
        {"bytes are the plan's", test_bytes_are_the_plans},
        {"beyond 64 bits", test_beyond_64_bits},
        {"seconds", test_seconds},
        {"arithmetic", test_arithmetic},
        {"processor", test_processor},
        {"distances", test_distances},
        {"messages", test_messages},
        {"refusals", test_refusals},
    };
    return test_main(argc, argv, "predict", cases, sizeof cases / sizeof *cases);
}
