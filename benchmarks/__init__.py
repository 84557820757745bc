"""Measurements that run as modules and print one line of JSON last."""
